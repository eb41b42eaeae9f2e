//! OData as Graph speaks it: reading query options, checking them against a schema, and evaluating filters. Pure.

mod advanced;
mod cursor;
mod evaluate;
mod fault;
mod filter;
mod options;
mod parse;
mod schema;
mod search;
#[cfg(test)]
mod tests;
mod token;

pub use fault::QueryFault;
pub use filter::{Comparison, Filter, Literal, Operand, Path, Quantifier, TextFunction};
pub use parse::{MAX_FILTER_BYTES, MAX_FILTER_CONDITIONS, MAX_FILTER_DEPTH};

pub(crate) use cursor::Cursor;
pub(crate) use evaluate::{first_moment, meets};
pub(crate) use options::{Expand, Order, QueryOptions, refuse_options};
pub(crate) use schema::{Kind, Operators, Property, Schema};

/// Foreign text in a message: a piece of it, without control characters.
pub(crate) fn shown(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(80)
        .collect()
}
