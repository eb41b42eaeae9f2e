//! Reading, writing and evaluating filters.

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::search::Search;
use super::*;

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z_][a-zA-Z0-9_]{0,8}".prop_filter("a word of the language", |name| {
        !["not", "and", "or", "in", "null", "true", "false"].contains(&name.as_str())
            && !Comparison::ALL.iter().any(|(word, _)| word == name)
    })
}

fn path() -> impl Strategy<Value = Path> {
    proptest::collection::vec(name(), 1..3).prop_map(Path)
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        any::<i64>().prop_map(Literal::Integer),
        "\\PC{0,12}".prop_map(Literal::Text),
        any::<u128>().prop_map(|number| Literal::Guid(Uuid::from_u128(number))),
        (0_i64..4_000_000_000_000_000)
            .prop_map(|micros| { Literal::DateTime(jiff::Timestamp::from_microsecond(micros).unwrap()) }),
        (1_i16..9999, 1_i8..13, 1_i8..28)
            .prop_map(|(year, month, day)| Literal::Date(jiff::civil::date(year, month, day))),
    ]
}

fn comparison() -> impl Strategy<Value = Comparison> {
    (0..Comparison::ALL.len()).prop_map(|index| Comparison::ALL[index].1)
}

fn function() -> impl Strategy<Value = TextFunction> {
    (0..TextFunction::ALL.len()).prop_map(|index| TextFunction::ALL[index].1)
}

fn filter() -> impl Strategy<Value = Filter> {
    let leaf = prop_oneof![
        (path(), comparison(), literal(), any::<bool>()).prop_map(|(path, comparison, value, count)| {
            let left = if count {
                Operand::Count(path)
            } else {
                Operand::Property(path)
            };
            Filter::Compare {
                left,
                comparison,
                value,
            }
        }),
        (path(), proptest::collection::vec(literal(), 1..4))
            .prop_map(|(path, values)| Filter::In { path, values }),
        (function(), path(), "\\PC{0,12}").prop_map(|(function, path, text)| Filter::Text {
            function,
            path,
            text
        }),
        path().prop_map(Filter::NotEmpty),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.clone().prop_map(|filter| Filter::Not(Box::new(filter))),
            (any::<bool>(), path(), name(), inner).prop_map(|(all, path, variable, condition)| {
                Filter::Lambda {
                    quantifier: if all { Quantifier::All } else { Quantifier::Any },
                    path,
                    variable,
                    condition: Box::new(condition),
                }
            }),
        ]
    })
}

proptest! {
    /// GRAPH-FILTER
    #[test]
    fn what_is_written_reads_back_as_the_same(filter in filter()) {
        let text = filter.to_string();
        prop_assert_eq!(Filter::parse(&text), Ok(filter), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
    }

    #[test]
    fn words_of_the_language_in_any_order(words in proptest::collection::vec(
        prop_oneof![Just("("), Just(")"), Just("not"), Just("and"), Just("or"), Just("a"), Just("eq"), Just("'x'"),
            Just("/any("), Just("x:"), Just("/$count"), Just("in"), Just(","), Just("startsWith("), Just("1")], 0..20)) {
        let text = words.join(" ");
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
    }

    #[test]
    fn a_place_comes_back_from_its_token(key in "\\PC{0,40}", id in any::<u128>()) {
        let cursor = Cursor { key, id: Uuid::from_u128(id) };
        prop_assert_eq!(Cursor::from_token(&cursor.to_token()), Ok(cursor));
    }
}

#[test]
fn limits_hold() {
    let deep = |depth: usize| format!("{}a eq 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&deep(MAX_FILTER_DEPTH)).is_ok());
    assert!(Filter::parse(&deep(MAX_FILTER_DEPTH + 1)).is_err());
    assert!(Filter::parse(&deep(8000)).is_err());
    assert!(Filter::parse(&"not ".repeat(4000)).is_err());
    let wide = |count: usize| vec!["a eq 1"; count].join(" or ");
    assert!(Filter::parse(&wide(MAX_FILTER_CONDITIONS)).is_ok());
    assert!(Filter::parse(&wide(MAX_FILTER_CONDITIONS + 1)).is_err());
    assert!(Filter::parse(&"a".repeat(MAX_FILTER_BYTES + 1)).is_err());
}

#[test]
fn what_clients_send() {
    for good in [
        "startswith(displayName,'A')",
        "startsWith(displayName, 'O''Hara')",
        "authorizationInfo/certificateUserIds/any(x:x eq 'X509:<PN>u@x')",
        "createdDateTime ge 2026-01-09T00:00:00Z and createdDateTime le 2026-01-10",
        "status/errorCode ne 0",
        "id in ('a','b')",
        "not(startswith(mail,'x'))",
        "targetResources/any(t:t/id eq '87d349ed-44d7-43e1-9a83-5f2406dee5bd')",
        "appId eq 87d349ed-44d7-43e1-9a83-5f2406dee5bd",
        "members/$count eq 0",
        "userType eq null",
    ] {
        assert!(Filter::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "", "a", "a eq", "a EQ 1", "a eq 'x", "a eq b", "a/any(x)", "a in ()", "f(a,'b')", "a eq 1 1",
        "(a eq 1", "ä eq 1",
    ] {
        assert!(Filter::parse(bad).is_err(), "{bad}");
    }
}

/// GRAPH-FILTER-TEXT
#[test]
fn a_resource_meets_a_filter() {
    let resource = json!({
        "displayName": "Adele Vance", "mail": null, "accountEnabled": true, "createdDateTime": "2026-01-09T02:02:12Z",
        "status": { "errorCode": 50057 },
        "authorizationInfo": { "certificateUserIds": ["X509:<PN>adele@mil", "X509:<SKI>9F"] },
        "targetResources": [ { "id": "1" }, { "id": "2" } ],
        "otherMails": [],
    });
    for (text, expected) in [
        ("displayName eq 'adele vance'", true),
        ("displayName ne 'adele vance'", false),
        ("startsWith(displayName,'ADELE')", true),
        ("endsWith(displayName,'vance')", true),
        ("contains(displayName,'e v')", true),
        ("mail eq null", true),
        ("mail ne null", false),
        ("mail eq 'x'", false),
        ("mail ne 'x'", true),
        ("mail ge 'x'", false),
        ("missing eq null", true),
        ("accountEnabled eq true and not (accountEnabled eq false)", true),
        ("status/errorCode eq 50057", true),
        ("status/errorCode in (0, 50057)", true),
        ("createdDateTime ge 2026-01-09", true),
        ("createdDateTime lt 2026-01-09", false),
        ("createdDateTime gt 2026-01-09T02:02:12Z", false),
        (
            "authorizationInfo/certificateUserIds/any(x:x eq 'x509:<pn>ADELE@mil')",
            true,
        ),
        (
            "authorizationInfo/certificateUserIds/any(x:startsWith(x,'X509:<I>'))",
            false,
        ),
        (
            "authorizationInfo/certificateUserIds/all(x:startsWith(x,'X509:'))",
            true,
        ),
        ("targetResources/any(t:t/id eq '2')", true),
        (
            "targetResources/any(t:t/id eq '3') or displayName in ('x','ADELE VANCE')",
            true,
        ),
        ("otherMails/any()", false),
        ("otherMails/$count eq 0", true),
        ("targetResources/$count gt 1", true),
    ] {
        let filter = Filter::parse(text).unwrap();
        assert_eq!(meets(&filter, &resource), expected, "{text}");
    }
}

/// GRAPH-SEARCH
#[test]
fn search_clauses() {
    let searchable = &["displayName", "mail"];
    let resource = json!({ "displayName": "Adele Vance-Smith", "mail": "av@contoso.example" });
    for (text, expected) in [
        ("\"displayName:adele\"", true),
        ("\"displayName:smi\"", true),
        ("\"displayName:dele\"", false),
        ("\"displayName:adele v\"", true),
        ("\"displayName:x\" OR \"mail:av\"", true),
        ("\"displayName:x\" AND \"mail:av\"", false),
        ("\"displayName:x\" AND \"mail:av\" OR \"mail:contoso\"", true),
    ] {
        let search = Search::parse(text, searchable).unwrap();
        assert_eq!(search.finds(&resource), expected, "{text}");
    }
    for bad in ["", "x", "\"x\"", "\"id:1\"", "\"mail:a\" \"mail:b\"", "\"mail:a"] {
        assert!(Search::parse(bad, searchable).is_err(), "{bad}");
    }
}

const PEOPLE: Schema = Schema {
    type_name: "user",
    set_name: "users",
    properties: &[
        Property::shown("id", Kind::Text, Operators::ID),
        Property::shown("displayName", Kind::Text, Operators::NAME),
        Property::shown("surname", Kind::Text, Operators::WORDS),
        Property::on_request("accountEnabled", Kind::Boolean, Operators::SWITCH),
        Property::on_request("authorizationInfo", Kind::Object, Operators::NONE),
        Property::on_request(
            "authorizationInfo/certificateUserIds",
            Kind::Texts,
            Operators::CERTIFICATE_USER_IDS,
        ),
    ],
    has_advanced_mode: true,
    max_page: 999,
    default_page: 100,
    searchable: &["displayName"],
    expandable: &["members"],
};

fn options(query: &str, eventual: bool) -> Result<QueryOptions, QueryFault> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    QueryOptions::for_list(&pairs, &PEOPLE, eventual)
}

/// GRAPH-QUERY-OPTIONS, GRAPH-SELECT, GRAPH-PAGE-SIZE, GRAPH-EXPAND
#[test]
fn options_of_a_list() {
    let read = options(
        "$top=999&$select=id,authorizationInfo/certificateUserIds&api-version=1",
        false,
    )
    .unwrap();
    assert_eq!(read.page_size, 999);
    assert_eq!(read.select.unwrap(), ["id", "authorizationInfo"]);
    let expand = options("$expand=members($select=id,displayName)", false)
        .unwrap()
        .expand
        .unwrap();
    assert_eq!(expand.select.unwrap(), ["id", "displayName"]);
    for bad in [
        "$top=0",
        "$top=1000",
        "$top=x",
        "$select=nothing",
        "$select=DisplayName",
        "$skip=3",
        "$levels=1",
        "$top=1&$top=2",
        "$expand=manager",
        "$expand=members($filter=a)",
        "$orderby=nothing",
        "$orderby=displayName up",
        "$count=yes",
    ] {
        assert!(options(bad, true).is_err(), "{bad}");
    }
}

/// GRAPH-ADVANCED-QUERY
#[test]
fn advanced_mode() {
    let ids = "$filter=authorizationInfo/certificateUserIds/any(x:x eq 'X509:<PN>a')";
    for (query, by_default, advanced) in [
        ("$filter=displayName eq 'a'", true, true),
        ("$filter=startsWith(displayName,'a')", true, true),
        ("$filter=displayName ne 'a'", false, true),
        ("$filter=not(displayName eq 'a')", false, true),
        ("$filter=endsWith(displayName,'a')", false, false),
        ("$filter=displayName eq null", false, true),
        ("$filter=accountEnabled eq true", true, true),
        ("$filter=accountEnabled eq 'true'", false, false),
        ("$filter=startsWith(accountEnabled,'t')", false, false),
        ("$filter=displayName eq 1", false, false),
        ("$filter=id gt 'a'", false, false),
        (ids, false, true),
        ("$orderby=displayName desc", true, true),
        ("$orderby=surname", false, true),
        ("$orderby=displayName&$filter=surname eq 'a'", false, true),
        ("$search=\"displayName:a\"", false, true),
        ("$filter=authorizationInfo eq 'a'", false, false),
        (
            "$filter=authorizationInfo/certificateUserIds eq 'a'",
            false,
            false,
        ),
    ] {
        assert_eq!(options(query, false).is_ok(), by_default, "{query}");
        assert_eq!(
            options(&format!("{query}&$count=true"), true).is_ok(),
            advanced,
            "{query}"
        );
    }
    assert!(matches!(options(ids, false), Err(QueryFault::Unsupported(_))));
    assert!(
        options("$filter=displayName ne 'a'", true).is_err(),
        "the header alone is not enough"
    );
    assert!(matches!(
        options("$count=true", false),
        Err(QueryFault::Malformed(_))
    ));
}
