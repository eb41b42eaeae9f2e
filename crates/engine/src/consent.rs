//! Use case: may the application act for the person, or for everybody? Asked on a page, answered, remembered.

mod answer;
mod missing;
mod page;

pub use self::answer::ConsentDecision;
