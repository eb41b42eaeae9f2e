//! Which part of a log answers a question.

use jiff::Timestamp;
use lanyard_engine::{LogWindow, SignInKind, SignInSearch};
use uuid::Uuid;

use crate::logs::{client_id, kind, user_id};
use crate::odata::{Comparison, Filter, Literal, Operand, Quantifier, QueryOptions, first_moment};

/// What narrows the audit log.
#[derive(Clone, Debug, Default)]
pub(crate) struct AuditPlan {
    pub(crate) window: LogWindow,
    pub(crate) activity: Option<String>,
}

/// What narrows the sign-in log.
///
/// Rule `GRAPH-LOG-INDEX`: sign-ins are narrowed by moment, user, name, application, correlation id, error code and kind in the
/// database, audit rows by moment and activity; anything else is looked for among these. Without a word about the kind,
/// interactive sign-ins of users are listed, newest first. Source: directory-policy-tokens §8.1, §8.2.
pub(crate) fn sign_in_plan(options: &QueryOptions) -> SignInSearch {
    let mut search = SignInSearch {
        window: window(options, "createdDateTime"),
        ..SignInSearch::default()
    };
    let mut says_kind = false;
    if let Some(filter) = &options.filter {
        says_kind = mentions_kind(filter);
        for condition in conditions(filter) {
            narrow(&mut search, condition);
        }
    }
    if !says_kind {
        search.kind = Some(SignInKind::InteractiveUser);
    }
    search
}

/// What narrows the audit log.
pub(crate) fn audit_plan(options: &QueryOptions) -> AuditPlan {
    let mut plan = AuditPlan {
        window: window(options, "activityDateTime"),
        activity: None,
    };
    for condition in options.filter.iter().flat_map(conditions) {
        if let Some((name, Literal::Text(text))) = equality(condition)
            && name == "activityDisplayName"
        {
            // The database compares letter by letter: only a name that is known as it is written narrows.
            plan.activity = lanyard_engine::activity_named(text);
        }
    }
    plan
}

/// Conditions that must all be met.
fn conditions(filter: &Filter) -> Vec<&Filter> {
    match filter {
        Filter::And(parts) => parts.iter().flat_map(conditions).collect(),
        other => vec![other],
    }
}

fn equality(filter: &Filter) -> Option<(String, &Literal)> {
    match filter {
        Filter::Compare {
            left: Operand::Property(path),
            comparison: Comparison::Equal,
            value,
        } => Some((path.text(), value)),
        _ => None,
    }
}

fn narrow(search: &mut SignInSearch, condition: &Filter) {
    if let Filter::Lambda {
        quantifier: Quantifier::Any,
        path,
        condition,
        ..
    } = condition
    {
        if path.text() == "signInEventTypes"
            && let Some((_, Literal::Text(text))) = equality(condition)
        {
            search.kind = kind(text);
        }
        return;
    }
    let Some((name, value)) = equality(condition) else {
        return;
    };
    let text = match value {
        Literal::Text(text) => text.clone(),
        Literal::Guid(id) => id.to_string(),
        Literal::Integer(number) => {
            if name == "status/errorCode" {
                search.error_code = Some(*number);
            }
            return;
        }
        _ => return,
    };
    match name.as_str() {
        "userId" => search.user = user_id(&text),
        "appId" => search.application = client_id(&text),
        "correlationId" => search.correlation_id = Uuid::try_parse(&text).ok(),
        "userPrincipalName" => search.user_principal_name = Some(text),
        _ => {}
    }
}

fn mentions_kind(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(mentions_kind),
        Filter::Not(inner) => mentions_kind(inner),
        Filter::Lambda { path, .. } | Filter::NotEmpty(path) => path.text() == "signInEventTypes",
        // One row, whatever its kind.
        Filter::Compare {
            left: Operand::Property(path),
            ..
        } => matches!(path.text().as_str(), "id" | "correlationId" | "isInteractive"),
        _ => false,
    }
}

fn window(options: &QueryOptions, property: &str) -> LogWindow {
    let mut window = LogWindow {
        oldest_first: options.order.as_ref().is_some_and(|order| !order.descending),
        ..LogWindow::default()
    };
    for condition in options.filter.iter().flat_map(conditions) {
        let Filter::Compare {
            left: Operand::Property(path),
            comparison,
            value,
        } = condition
        else {
            continue;
        };
        if path.text() != property {
            continue;
        }
        let moment: Option<Timestamp> = match value {
            Literal::DateTime(moment) => Some(*moment),
            Literal::Date(date) => first_moment(*date),
            _ => None,
        };
        let Some(moment) = moment else { continue };
        match comparison {
            Comparison::Equal => {
                window.from = Some(moment);
                window.until = Some(moment);
            }
            Comparison::Greater | Comparison::GreaterOrEqual => {
                window.from = Some(window.from.map_or(moment, |from| from.max(moment)));
            }
            Comparison::Less | Comparison::LessOrEqual => {
                window.until = Some(window.until.map_or(moment, |until| until.min(moment)));
            }
            Comparison::NotEqual => {}
        }
    }
    window
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(filter: &str) -> QueryOptions {
        QueryOptions {
            filter: (!filter.is_empty()).then(|| Filter::parse(filter).unwrap()),
            ..QueryOptions::default()
        }
    }

    /// GRAPH-LOG-INDEX
    #[test]
    fn what_the_database_narrows() {
        let id = "87d349ed-44d7-43e1-9a83-5f2406dee5bd";
        assert_eq!(sign_in_plan(&options("")).kind, Some(SignInKind::InteractiveUser));
        let search = sign_in_plan(&options(&format!(
            "userId eq '{id}' and status/errorCode eq 50057 and (createdDateTime ge 2026-01-09 and createdDateTime lt 2026-01-10T00:00:00Z)"
        )));
        assert_eq!(search.user, user_id(id));
        assert_eq!(search.error_code, Some(50057));
        assert_eq!(search.window.from, Some("2026-01-09T00:00:00Z".parse().unwrap()));
        assert_eq!(search.window.until, Some("2026-01-10T00:00:00Z".parse().unwrap()));
        let either = sign_in_plan(&options(&format!("userId eq '{id}' or status/errorCode eq 1")));
        assert_eq!(
            (either.user, either.error_code),
            (None, None),
            "one of both is enough"
        );
        let kinds = "signInEventTypes/any(t:t eq 'servicePrincipal')";
        assert_eq!(
            sign_in_plan(&options(kinds)).kind,
            Some(SignInKind::ServicePrincipal)
        );
        let not = "signInEventTypes/any(t:t ne 'interactiveUser')";
        assert_eq!(sign_in_plan(&options(not)).kind, None);
        assert_eq!(
            audit_plan(&options("activityDisplayName eq 'Update user'"))
                .activity
                .as_deref(),
            Some("Update user")
        );
        assert_eq!(
            audit_plan(&options("activityDisplayName eq 'update USER'")).activity,
            None
        );
    }
}
