//! Which range of names answers a question about groups.

use lanyard_engine::KeyRange;

use crate::access::name_range;
use crate::odata::QueryOptions;

/// How a list is answered; the filter is applied to whatever is found.
pub(crate) struct Plan {
    pub(crate) range: KeyRange,
    pub(crate) sort_in_memory: bool,
}

/// Chooses the range.
///
/// Rule `GRAPH-GROUP-INDEX`: groups are found by id or by an index on displayName (eq, startsWith), and sorted by it; anything
/// else is looked for among all. Source: directory-policy-tokens §2.1.
pub(crate) fn plan(options: &QueryOptions) -> Plan {
    let mut range = options
        .filter
        .as_ref()
        .and_then(|filter| name_range(filter, "displayName"))
        .unwrap_or_else(KeyRange::all);
    let mut sort_in_memory = false;
    if let Some(order) = &options.order {
        if order.property == "displayName" {
            range.descending = order.descending;
        } else {
            sort_in_memory = true;
        }
    }
    Plan {
        range,
        sort_in_memory,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::{Filter, Order};

    /// GRAPH-GROUP-INDEX
    #[test]
    fn ranges() {
        let planned = |filter: &str, order: Option<&str>| {
            plan(&QueryOptions {
                filter: (!filter.is_empty()).then(|| Filter::parse(filter).unwrap()),
                order: order.map(|property| Order {
                    property: property.to_owned(),
                    descending: true,
                }),
                ..QueryOptions::default()
            })
        };
        let plan = planned(
            "securityEnabled eq true and startsWith(displayName,'A')",
            Some("displayName"),
        );
        assert_eq!(
            (
                plan.range.prefix.as_str(),
                plan.range.exactly,
                plan.range.descending
            ),
            ("a", false, true)
        );
        assert!(planned("displayName eq 'A'", None).range.exactly);
        assert_eq!(
            planned("displayName eq 'A' or mailNickname eq 'b'", None).range,
            KeyRange::all()
        );
        assert!(planned("", Some("createdDateTime")).sort_in_memory);
    }
}
