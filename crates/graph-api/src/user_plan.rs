//! Which index answers a question about users.

use lanyard_engine::{KeyRange, User, UserOrder, UserScan};
use uuid::Uuid;

use crate::odata::{Comparison, Filter, Literal, Operand, Quantifier, QueryOptions, TextFunction};

/// How a list is answered. The filter is applied to whatever the index yields, so that an index only has to find enough.
pub(crate) struct Plan {
    pub(crate) scan: UserScan,
    /// The index has another order than the one that was asked for.
    pub(crate) sort_in_memory: bool,
}

/// Chooses the index.
///
/// Rule `GRAPH-USER-INDEX`: users are found by an index on id, userPrincipalName, mail, displayName (eq, startsWith) and
/// certificateUserIds (any eq), and sorted by one on the three names; anything else is looked for among all. Source:
/// directory-policy-tokens §2.1.
pub(crate) fn plan(options: &QueryOptions) -> Plan {
    let order = options.order.as_ref().and_then(|order| {
        let key = order_of(&order.property)?;
        Some((key, order.descending))
    });
    let found = options.filter.as_ref().and_then(access);
    let is_sorted = options.order.is_some();
    match (found, order) {
        (Some(UserScan::ByKey(key, range)), Some((wanted, descending))) if key == wanted => Plan {
            scan: UserScan::ByKey(key, KeyRange { descending, ..range }),
            sort_in_memory: false,
        },
        (Some(scan), _) => Plan {
            scan,
            sort_in_memory: is_sorted,
        },
        // People without a mail address are not in its index.
        (None, Some((key, descending))) if key != UserOrder::Mail => Plan {
            scan: UserScan::ByKey(
                key,
                KeyRange {
                    descending,
                    ..KeyRange::all()
                },
            ),
            sort_in_memory: false,
        },
        (None, _) => Plan {
            scan: UserScan::ById,
            sort_in_memory: is_sorted,
        },
    }
}

fn order_of(property: &str) -> Option<UserOrder> {
    match property {
        "userPrincipalName" => Some(UserOrder::SignInName),
        "displayName" => Some(UserOrder::Name),
        "mail" => Some(UserOrder::Mail),
        _ => None,
    }
}

/// The best index for a filter: of conditions that must all be met, the one that finds the fewest.
fn access(filter: &Filter) -> Option<UserScan> {
    match filter {
        Filter::And(parts) => parts.iter().filter_map(access).min_by_key(width),
        Filter::Compare {
            left: Operand::Property(path),
            comparison: Comparison::Equal,
            value,
        } => {
            let text = match value {
                Literal::Text(text) => text.clone(),
                Literal::Guid(id) => id.to_string(),
                _ => return None,
            };
            let name = path.text();
            if name == "id" {
                return Some(UserScan::These(Uuid::try_parse(&text).into_iter().collect()));
            }
            Some(by_key(order_of(&name)?, &text, true))
        }
        Filter::In { path, values } if path.text() == "id" => {
            let ids = values.iter().filter_map(|value| match value {
                Literal::Text(text) => Uuid::try_parse(text).ok(),
                Literal::Guid(id) => Some(*id),
                _ => None,
            });
            Some(UserScan::These(ids.collect()))
        }
        Filter::Text {
            function: TextFunction::StartsWith,
            path,
            text,
        } => Some(by_key(order_of(&path.text())?, text, false)),
        Filter::Lambda {
            quantifier: Quantifier::Any,
            path,
            variable,
            condition,
        } if path.text() == "authorizationInfo/certificateUserIds" => match condition.as_ref() {
            Filter::Compare {
                left: Operand::Property(item),
                comparison: Comparison::Equal,
                value: Literal::Text(text),
            } if item.text() == *variable => Some(UserScan::CertificateUserId(text.clone())),
            _ => None,
        },
        _ => None,
    }
}

fn by_key(order: UserOrder, text: &str, exactly: bool) -> UserScan {
    UserScan::ByKey(
        order,
        KeyRange {
            prefix: User::name_key(text),
            exactly,
            descending: false,
        },
    )
}

/// How many an index finds, roughly.
fn width(scan: &UserScan) -> u8 {
    match scan {
        UserScan::CertificateUserId(_) => 0,
        UserScan::These(_) => 1,
        UserScan::ByKey(UserOrder::SignInName | UserOrder::Mail, range) if range.exactly => 2,
        UserScan::ByKey(_, range) if range.exactly => 3,
        UserScan::ByKey(..) => 4,
        UserScan::ById => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::Order;

    fn planned(filter: &str, order: Option<&str>) -> Plan {
        plan(&QueryOptions {
            filter: (!filter.is_empty()).then(|| Filter::parse(filter).unwrap()),
            order: order.map(|property| Order {
                property: property.to_owned(),
                descending: true,
            }),
            ..QueryOptions::default()
        })
    }

    /// GRAPH-USER-INDEX
    #[test]
    fn the_narrowest_index_is_taken() {
        let name = |prefix: &str, exactly, descending| {
            UserScan::ByKey(
                UserOrder::Name,
                KeyRange {
                    prefix: prefix.to_owned(),
                    exactly,
                    descending,
                },
            )
        };
        assert_eq!(planned("", None).scan, UserScan::ById);
        assert_eq!(
            planned("displayName eq 'ÄDELE '", None).scan,
            name("ädele", true, false)
        );
        assert_eq!(
            planned("startsWith(displayName,'A')", Some("displayName")).scan,
            name("a", false, true)
        );
        assert_eq!(planned("", Some("displayName")).scan, name("", false, true));
        let both =
            "startsWith(displayName,'a') and authorizationInfo/certificateUserIds/any(x:x eq 'X509:<PN>a')";
        assert_eq!(
            planned(both, None).scan,
            UserScan::CertificateUserId("X509:<PN>a".to_owned())
        );
        for (filter, order) in [
            ("displayName eq 'a' or mail eq 'b'", None),
            ("not startsWith(displayName,'a')", None),
            ("department eq 'IT'", None),
            (
                "authorizationInfo/certificateUserIds/any(x:startsWith(x,'X509:<PN>a'))",
                None,
            ),
            ("authorizationInfo/certificateUserIds/all(x:x eq 'a')", None),
            ("mail eq null", None),
            ("", Some("surname")),
            ("", Some("mail")),
        ] {
            let plan = planned(filter, order);
            assert_eq!(plan.scan, UserScan::ById, "{filter}");
            assert_eq!(plan.sort_in_memory, order.is_some());
        }
        assert!(planned("startsWith(mail,'a')", Some("displayName")).sort_in_memory);
    }
}
