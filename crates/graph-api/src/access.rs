//! What a filter pins down, so that an index finds it. The filter is applied to whatever is found.

use lanyard_engine::{KeyRange, User};
use uuid::Uuid;

use crate::odata::{Comparison, Filter, Literal, Operand, TextFunction};

/// The ids a property must be one of: by `eq` or `in`, in a condition that must be met.
pub(crate) fn ids(filter: &Filter, property: &str) -> Option<Vec<Uuid>> {
    let id = |value: &Literal| match value {
        Literal::Text(text) => Uuid::try_parse(text).ok(),
        Literal::Guid(id) => Some(*id),
        _ => None,
    };
    match filter {
        Filter::And(parts) => parts.iter().find_map(|part| ids(part, property)),
        Filter::Compare {
            left: Operand::Property(path),
            comparison: Comparison::Equal,
            value: value @ (Literal::Text(_) | Literal::Guid(_)),
        } if path.text() == property => Some(id(value).into_iter().collect()),
        Filter::In { path, values } if path.text() == property => {
            Some(values.iter().filter_map(id).collect())
        }
        _ => None,
    }
}

/// The range of names a property must be in: by `eq` or `startsWith`, in a condition that must be met.
pub(crate) fn name_range(filter: &Filter, property: &str) -> Option<KeyRange> {
    let range = |text: &str, exactly| KeyRange {
        prefix: User::name_key(text),
        exactly,
        descending: false,
    };
    match filter {
        Filter::And(parts) => parts.iter().find_map(|part| name_range(part, property)),
        Filter::Compare {
            left: Operand::Property(path),
            comparison: Comparison::Equal,
            value: Literal::Text(text),
        } if path.text() == property => Some(range(text, true)),
        Filter::Text {
            function: TextFunction::StartsWith,
            path,
            text,
        } if path.text() == property => Some(range(text, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pinned_down() {
        let one = "87d349ed-44d7-43e1-9a83-5f2406dee5bd";
        let parsed: Uuid = one.parse().unwrap();
        for (filter, expected) in [
            (format!("id eq '{one}'"), Some(vec![parsed])),
            (format!("id eq {one}"), Some(vec![parsed])),
            (
                format!("displayName eq 'a' and id in ('{one}','x')"),
                Some(vec![parsed]),
            ),
            ("id eq 'x'".to_owned(), Some(vec![])),
            (format!("id eq '{one}' or displayName eq 'a'"), None),
            (format!("not(id eq '{one}')"), None),
            (format!("id ne '{one}'"), None),
            ("id eq null".to_owned(), None),
        ] {
            assert_eq!(ids(&Filter::parse(&filter).unwrap(), "id"), expected, "{filter}");
        }
        let range = |filter: &str| name_range(&Filter::parse(filter).unwrap(), "displayName");
        assert!(range("displayName eq 'Ä '").is_some_and(|range| range.exactly && range.prefix == "ä"));
        assert!(
            range("accountEnabled eq true and startsWith(displayName,'A')")
                .is_some_and(|range| !range.exactly)
        );
        assert_eq!(range("startsWith(mail,'a')"), None);
    }
}
