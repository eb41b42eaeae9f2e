//! Rows printed while they come, for lists that are too long for memory.

use std::io::{self, Write};

use serde_json::{Map, Value};

use crate::admin::table::camel_case;
use crate::cli::Output;

/// Rows that decide how wide the columns are.
const LOOKED_AT: usize = 200;
/// Blanks between columns.
const GAP: usize = 2;

/// Prints as [`print_rows`](crate::admin::print_rows) does, without keeping the rows. A table's columns are as wide as its
/// first rows need.
pub(crate) struct RowStream<W: Write> {
    out: W,
    output: Output,
    headings: Vec<&'static str>,
    waiting: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
    printed: usize,
}

impl<W: Write> RowStream<W> {
    pub(crate) fn new(out: W, output: Output, headings: &[&'static str]) -> Self {
        Self {
            out,
            output,
            headings: headings.to_vec(),
            waiting: Vec::new(),
            widths: None,
            printed: 0,
        }
    }

    pub(crate) fn push(&mut self, row: Vec<String>) -> io::Result<()> {
        match self.output {
            Output::Json => {
                let names = self.headings.iter().map(|heading| camel_case(heading));
                let members = names.zip(row.into_iter().map(Value::String));
                let object = Value::Object(members.collect::<Map<_, _>>());
                let before = if self.printed == 0 { "[\n  " } else { ",\n  " };
                write!(self.out, "{before}{object}")?;
                self.printed += 1;
            }
            Output::Table => {
                self.waiting.push(row);
                if self.widths.is_some() || self.waiting.len() >= LOOKED_AT {
                    self.print_waiting()?;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        match self.output {
            Output::Json if self.printed == 0 => writeln!(self.out, "[]")?,
            Output::Json => writeln!(self.out, "\n]")?,
            Output::Table => {
                self.print_waiting()?;
                if self.printed == 0 {
                    writeln!(self.out, "(none)")?;
                }
            }
        }
        self.out.flush()
    }

    fn print_waiting(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        if rows.is_empty() {
            return Ok(());
        }
        let first = self.widths.is_none();
        let widths = self.widths.get_or_insert_with(|| {
            let longest = |column: usize| {
                let cells = rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
            };
            let headings = self.headings.iter().enumerate();
            headings
                .map(|(column, heading)| longest(column).max(heading.chars().count()) + GAP)
                .collect()
        });
        let headings: Vec<String> = self
            .headings
            .iter()
            .map(|heading| heading.to_uppercase())
            .collect();
        for row in first.then_some(headings).into_iter().chain(rows) {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(widths.iter()) {
                line.push_str(&format!("{cell:<width$}"));
            }
            writeln!(self.out, "{}", line.trim_end())?;
            self.printed += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(output: Output, rows: usize) -> String {
        let mut out = Vec::new();
        let mut stream = RowStream::new(&mut out, output, &["User name", "Id"]);
        for row in 0..rows {
            stream
                .push(vec![format!("person{row}"), row.to_string()])
                .unwrap();
        }
        stream.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_is_one_array_however_many_rows_there_are() {
        for rows in [0, 1, 500] {
            let values: Vec<Value> = serde_json::from_str(&printed(Output::Json, rows)).unwrap();
            assert_eq!(values.len(), rows);
            let last = values.last().and_then(|value| value.get("userName")?.as_str());
            assert_eq!(
                last,
                rows.checked_sub(1).map(|row| format!("person{row}")).as_deref()
            );
        }
    }

    #[test]
    fn a_table_has_its_headings_once() {
        assert_eq!(printed(Output::Table, 0), "(none)\n");
        let text = printed(Output::Table, 450);
        assert_eq!(text.lines().count(), 451);
        assert!(text.starts_with("USER NAME"), "{text}");
        assert!(text.ends_with("person449  449\n"), "{text}");
    }
}
