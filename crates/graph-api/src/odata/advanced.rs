//! Whether a query may be asked: the operators of each property, and advanced mode.

use crate::odata::schema::{Kind, Need, Operators, Property, Schema};
use crate::odata::{Comparison, Filter, Literal, Operand, Path, QueryFault, TextFunction};

/// What a query asks for at most.
///
/// # Errors
/// When a property does not exist or does not take the operator.
pub(crate) fn need_of(filter: &Filter, schema: &Schema) -> Result<Need, QueryFault> {
    Checker {
        schema,
        scope: Vec::new(),
    }
    .need(filter)
}

/// Refuses a query that needs advanced mode when it was not asked for.
///
/// Rule `GRAPH-ADVANCED-QUERY`: what the operator matrix marks as advanced is answered only with the header
/// `ConsistencyLevel: eventual` and `$count=true`; what it does not list is refused. Source: directory-policy-tokens §2.1.
///
/// # Errors
/// In Graph's words.
pub(crate) fn check_need(need: Need, advanced: bool, schema: &Schema) -> Result<(), QueryFault> {
    match need {
        Need::Default => Ok(()),
        Need::Advanced if advanced || !schema.has_advanced_mode => Ok(()),
        Need::Advanced => Err(QueryFault::unsupported(
            "Unsupported Query. This query needs the header 'ConsistencyLevel: eventual' and '$count=true'.",
        )),
        Need::Never => Err(QueryFault::unsupported("Unsupported Query.")),
    }
}

struct Checker<'a> {
    schema: &'a Schema,
    /// Names of items with the collection each comes from.
    scope: Vec<(&'a str, String)>,
}

impl<'a> Checker<'a> {
    /// The path with the names of items replaced by their collections.
    fn full(&self, path: &Path) -> String {
        let text = path.text();
        let (first, rest) = text.split_once('/').unwrap_or((&text, ""));
        match self.scope.iter().rev().find(|(variable, _)| *variable == first) {
            Some((_, collection)) if rest.is_empty() => collection.clone(),
            Some((_, collection)) => format!("{collection}/{rest}"),
            None => text,
        }
    }

    fn property(&self, path: &Path) -> Result<&'a Property, QueryFault> {
        self.schema.resolve(&Path(vec![self.full(path)]))
    }

    /// The property of a path that must be one value: an item of a list of texts is one.
    fn value(&self, path: &Path) -> Result<&'a Property, QueryFault> {
        let property = self.property(path)?;
        let is_item = path.0.len() == 1
            && path
                .0
                .first()
                .is_some_and(|name| self.scope.iter().any(|(variable, _)| variable == name));
        let is_value = match property.kind {
            Kind::Texts => is_item,
            Kind::Object | Kind::Objects => false,
            _ => true,
        };
        if is_value {
            Ok(property)
        } else {
            Err(QueryFault::malformed(format!(
                "Invalid filter clause: '{path}' is not a single value."
            )))
        }
    }

    fn need(&mut self, filter: &'a Filter) -> Result<Need, QueryFault> {
        match filter {
            Filter::And(parts) | Filter::Or(parts) => {
                let mut need = Need::Default;
                for part in parts {
                    need = need.max(self.need(part)?);
                }
                Ok(need)
            }
            Filter::Not(inner) => Ok(self.need(inner)?.max(Need::Advanced)),
            Filter::Compare {
                left: Operand::Count(path),
                ..
            } => match self.property(path)?.kind {
                Kind::Texts | Kind::Objects => Ok(Need::Advanced),
                _ => Err(QueryFault::malformed(format!(
                    "Invalid filter clause: '{path}' is not a collection."
                ))),
            },
            Filter::Compare {
                left: Operand::Property(path),
                comparison,
                value,
            } => {
                let property = self.value(path)?;
                check_literal(property, value)?;
                Ok(comparison_need(&property.operators, *comparison, value))
            }
            Filter::In { path, values } => {
                let property = self.value(path)?;
                for value in values {
                    check_literal(property, value)?;
                }
                Ok(property.operators.one_of)
            }
            Filter::Text { function, path, .. } => {
                let property = self.value(path)?;
                Ok(match function {
                    TextFunction::StartsWith => property.operators.starts_with,
                    TextFunction::EndsWith => property.operators.ends_with,
                    TextFunction::Contains => property.operators.contains,
                })
            }
            Filter::NotEmpty(path) => self.collection(path).map(|_| Need::Advanced),
            Filter::Lambda {
                path,
                variable,
                condition,
                ..
            } => {
                let collection = self.collection(path)?;
                self.scope.push((variable, collection));
                let need = self.need(condition);
                self.scope.pop();
                need
            }
        }
    }

    fn collection(&self, path: &Path) -> Result<String, QueryFault> {
        match self.property(path)?.kind {
            Kind::Texts | Kind::Objects => Ok(self.full(path)),
            _ => Err(QueryFault::malformed(format!(
                "Invalid filter clause: '{path}' is not a collection."
            ))),
        }
    }
}

fn comparison_need(operators: &Operators, comparison: Comparison, value: &Literal) -> Need {
    let by_null = match value {
        Literal::Null => operators.null,
        _ => Need::Default,
    };
    let by_operator = match (comparison, value) {
        (Comparison::Equal, Literal::Null) => Need::Default,
        (Comparison::Equal, _) => operators.equal,
        (Comparison::NotEqual, _) => operators.not,
        _ => operators.range,
    };
    by_null.max(by_operator)
}

fn check_literal(property: &Property, value: &Literal) -> Result<(), QueryFault> {
    let fits = matches!(
        (property.kind, value),
        (_, Literal::Null)
            | (Kind::Boolean, Literal::Boolean(_))
            | (Kind::Integer, Literal::Integer(_))
            | (Kind::Moment, Literal::DateTime(_) | Literal::Date(_))
            | (Kind::Text | Kind::Texts, Literal::Text(_) | Literal::Guid(_))
    );
    if fits {
        Ok(())
    } else {
        Err(QueryFault::malformed(format!(
            "Invalid filter clause: A value of another type than that of '{}' was given: {value}.",
            property.name
        )))
    }
}
