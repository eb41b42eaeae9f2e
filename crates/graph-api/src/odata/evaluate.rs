//! Whether a resource meets a filter.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::odata::{Comparison, Filter, Literal, Operand, Path, Quantifier, TextFunction};

/// Whether a resource, with all its properties, meets a filter that was checked against its schema.
///
/// Rule `GRAPH-FILTER-TEXT`: texts are compared without regard to case; a missing value is `null`, equals no value and is
/// neither before nor after one. Source: directory-policy-tokens §2.1.
pub(crate) fn meets(filter: &Filter, resource: &Value) -> bool {
    Evaluation {
        resource,
        scope: Vec::new(),
    }
    .meets(filter)
}

struct Evaluation<'a> {
    resource: &'a Value,
    scope: Vec<(&'a str, &'a Value)>,
}

const NULL: &Value = &Value::Null;

impl<'a> Evaluation<'a> {
    fn find(&self, path: &Path) -> &'a Value {
        let mut names = path.0.iter();
        let first = names.next().map_or("", String::as_str);
        let item = self.scope.iter().rev().find(|(variable, _)| *variable == first);
        let start = match item {
            Some((_, item)) => *item,
            None => self.resource.get(first).unwrap_or(NULL),
        };
        names.fold(start, |value, name| value.get(name).unwrap_or(NULL))
    }

    fn meets(&mut self, filter: &'a Filter) -> bool {
        match filter {
            Filter::And(parts) => parts.iter().all(|part| self.meets(part)),
            Filter::Or(parts) => parts.iter().any(|part| self.meets(part)),
            Filter::Not(inner) => !self.meets(inner),
            Filter::Compare {
                left: Operand::Property(path),
                comparison,
                value,
            } => compares(self.find(path), *comparison, value),
            Filter::Compare {
                left: Operand::Count(path),
                comparison,
                value,
            } => {
                let count = self.find(path).as_array().map_or(0, Vec::len);
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                matches!(value, Literal::Integer(wanted) if holds(*comparison, Some(count.cmp(wanted))))
            }
            Filter::In { path, values } => {
                let found = self.find(path);
                values
                    .iter()
                    .any(|value| compares(found, Comparison::Equal, value))
            }
            Filter::Text { function, path, text } => self.find(path).as_str().is_some_and(|found| {
                let (found, text) = (found.to_lowercase(), text.to_lowercase());
                match function {
                    TextFunction::StartsWith => found.starts_with(&text),
                    TextFunction::EndsWith => found.ends_with(&text),
                    TextFunction::Contains => found.contains(&text),
                }
            }),
            Filter::NotEmpty(path) => self.find(path).as_array().is_some_and(|items| !items.is_empty()),
            Filter::Lambda {
                quantifier,
                path,
                variable,
                condition,
            } => {
                let items = self.find(path).as_array().map_or(&[][..], Vec::as_slice);
                let mut item_meets = |item: &'a Value| {
                    self.scope.push((variable.as_str(), item));
                    let meets = self.meets(condition);
                    self.scope.pop();
                    meets
                };
                match quantifier {
                    Quantifier::Any => items.iter().any(&mut item_meets),
                    Quantifier::All => items.iter().all(&mut item_meets),
                }
            }
        }
    }
}

fn compares(found: &Value, comparison: Comparison, wanted: &Literal) -> bool {
    match (found, wanted) {
        (Value::Null, Literal::Null) => comparison == Comparison::Equal,
        (Value::Null, _) | (_, Literal::Null) => comparison == Comparison::NotEqual,
        _ => holds(comparison, order(found, wanted)),
    }
}

/// `None`: they cannot be compared, so they are not equal.
fn order(found: &Value, wanted: &Literal) -> Option<Ordering> {
    match wanted {
        Literal::Null => None,
        Literal::Boolean(wanted) => Some(found.as_bool()?.cmp(wanted)),
        Literal::Integer(wanted) => Some(found.as_i64()?.cmp(wanted)),
        Literal::Text(wanted) => Some(found.as_str()?.to_lowercase().cmp(&wanted.to_lowercase())),
        Literal::Guid(wanted) => Some(found.as_str()?.to_lowercase().cmp(&wanted.to_string())),
        Literal::DateTime(wanted) => Some(moment(found)?.cmp(wanted)),
        Literal::Date(wanted) => Some(moment(found)?.cmp(&first_moment(*wanted)?)),
    }
}

fn moment(found: &Value) -> Option<Timestamp> {
    found.as_str()?.parse().ok()
}

/// The first moment of a day, UTC.
pub(crate) fn first_moment(date: Date) -> Option<Timestamp> {
    date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn holds(comparison: Comparison, order: Option<Ordering>) -> bool {
    match comparison {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
    }
}
