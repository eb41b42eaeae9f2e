//! What `$filter` says, as a tree, and how it is written.

use std::fmt::{self, Display as _};

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Every one of two or more.
    And(Vec<Filter>),
    /// One of two or more.
    Or(Vec<Filter>),
    /// The opposite.
    Not(Box<Filter>),
    /// `path eq value`, `path/$count eq value`.
    Compare {
        /// What is compared.
        left: Operand,
        /// How.
        comparison: Comparison,
        /// With what.
        value: Literal,
    },
    /// `path in (value, value)`.
    In {
        /// What is compared.
        path: Path,
        /// With one of these; never empty.
        values: Vec<Literal>,
    },
    /// `startsWith(path,'text')`.
    Text {
        /// How.
        function: TextFunction,
        /// What is looked at.
        path: Path,
        /// What is looked for.
        text: String,
    },
    /// `path/any(x:condition)`.
    Lambda {
        /// Some or each.
        quantifier: Quantifier,
        /// The collection.
        path: Path,
        /// What an item is called.
        variable: String,
        /// What is said about it.
        condition: Box<Filter>,
    },
    /// `path/any()`: the collection is not empty.
    NotEmpty(Path),
}

/// The left side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A property.
    Property(Path),
    /// How many items a collection has.
    Count(Path),
}

/// Names from the outside in: `status/errorCode`. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path(pub Vec<String>);

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// Functions over text. Their names are read without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextFunction {
    /// `startsWith`
    StartsWith,
    /// `endsWith`
    EndsWith,
    /// `contains`
    Contains,
}

/// Some item or each item of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// `any`
    Any,
    /// `all`
    All,
}

/// A value written in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// `'text'`; a quotation mark inside is doubled.
    Text(String),
    /// A GUID without quotation marks.
    Guid(Uuid),
    /// `2026-01-09T02:02:12Z`
    DateTime(Timestamp),
    /// `2026-01-09`: its first moment, UTC.
    Date(Date),
}

impl Path {
    /// The names with slashes between them.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.join("/")
    }
}

impl Comparison {
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        ("eq", Self::Equal),
        ("ne", Self::NotEqual),
        ("gt", Self::Greater),
        ("ge", Self::GreaterOrEqual),
        ("lt", Self::Less),
        ("le", Self::LessOrEqual),
    ];
}

impl TextFunction {
    pub(crate) const ALL: [(&'static str, Self); 3] = [
        ("startsWith", Self::StartsWith),
        ("endsWith", Self::EndsWith),
        ("contains", Self::Contains),
    ];
}

impl Quantifier {
    pub(crate) const ALL: [(&'static str, Self); 2] = [("any", Self::Any), ("all", Self::All)];
}

fn name_in<T: PartialEq>(table: &[(&'static str, T)], wanted: &T) -> &'static str {
    table
        .iter()
        .find(|(_, value)| value == wanted)
        .map_or("", |(name, _)| name)
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text())
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Property(path) => path.fmt(formatter),
            Self::Count(path) => write!(formatter, "{path}/$count"),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Boolean(value) => value.fmt(formatter),
            Self::Integer(value) => value.fmt(formatter),
            Self::Text(value) => write!(formatter, "'{}'", value.replace('\'', "''")),
            Self::Guid(value) => value.fmt(formatter),
            Self::DateTime(value) => value.fmt(formatter),
            Self::Date(value) => value.fmt(formatter),
        }
    }
}

/// Writes a part of `and`, `or` or `not` so that it cannot run into its neighbours.
fn write_part(formatter: &mut fmt::Formatter<'_>, part: &Filter) -> fmt::Result {
    match part {
        Filter::And(_) | Filter::Or(_) | Filter::Not(_) => write!(formatter, "({part})"),
        other => other.fmt(formatter),
    }
}

fn write_parts(formatter: &mut fmt::Formatter<'_>, parts: &[Filter], word: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            write!(formatter, " {word} ")?;
        }
        write_part(formatter, part)?;
    }
    Ok(())
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => write_parts(formatter, parts, "and"),
            Self::Or(parts) => write_parts(formatter, parts, "or"),
            Self::Not(inner) => {
                formatter.write_str("not ")?;
                write_part(formatter, inner)
            }
            Self::Compare {
                left,
                comparison,
                value,
            } => {
                let word = name_in(&Comparison::ALL, comparison);
                write!(formatter, "{left} {word} {value}")
            }
            Self::In { path, values } => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(formatter, "{path} in ({})", values.join(","))
            }
            Self::Text { function, path, text } => {
                let name = name_in(&TextFunction::ALL, function);
                write!(formatter, "{name}({path},{})", Literal::Text(text.clone()))
            }
            Self::Lambda {
                quantifier,
                path,
                variable,
                condition,
            } => {
                let name = name_in(&Quantifier::ALL, quantifier);
                write!(formatter, "{path}/{name}({variable}:{condition})")
            }
            Self::NotEmpty(path) => write!(formatter, "{path}/any()"),
        }
    }
}
