//! A CSV file with headings, read row by row.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use crate::ExchangeError;
use crate::limits::MAX_CSV_BYTES;

/// The columns of a kind of file; all names in lower case.
pub(crate) struct Shape {
    pub(crate) known: &'static [&'static str],
    pub(crate) needed: &'static [&'static str],
    pub(crate) passed_over: &'static [&'static str],
    /// The command that describes the columns.
    pub(crate) help: &'static str,
}

/// One row.
pub(crate) struct Fields<'a> {
    columns: &'a HashMap<&'static str, usize>,
    record: &'a csv::StringRecord,
}

impl Fields<'_> {
    /// A field without blanks around it; `None` when it is empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let index = self.columns.get(name)?;
        let text = self.record.get(*index).map(str::trim);
        text.filter(|text| !text.is_empty())
    }
}

/// Hands every row over with the line it begins on.
pub(crate) fn read(
    name: &Path,
    source: impl Read,
    shape: &Shape,
    row: impl FnMut(u64, &Fields<'_>) -> Result<(), String>,
) -> Result<(), ExchangeError> {
    let mut source = source.take(MAX_CSV_BYTES);
    parse(&mut source, shape, row).map_err(|sentence| ExchangeError::unreadable(name.display(), sentence))?;
    if source.limit() == 0 {
        let sentence = format!("larger than {MAX_CSV_BYTES} bytes\n  hint: cut it into several files");
        return Err(ExchangeError::unreadable(name.display(), sentence));
    }
    Ok(())
}

pub(crate) fn parse(
    source: impl Read,
    shape: &Shape,
    mut row: impl FnMut(u64, &Fields<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(source);
    let mut columns: Option<HashMap<&'static str, usize>> = None;
    let mut record = csv::StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|error| error.to_string())?
    {
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        match &columns {
            None if record
                .get(0)
                .is_some_and(|first| first.trim_start_matches('\u{feff}').starts_with("version:")) => {}
            None => columns = Some(headings(shape, &record)?),
            Some(columns) => {
                let fields = Fields {
                    columns,
                    record: &record,
                };
                row(line, &fields).map_err(|sentence| format!("line {line}: {sentence}"))?;
            }
        }
    }
    if columns.is_none() {
        return Err(format!(
            "the file is empty\n  hint: `{}` names the columns",
            shape.help
        ));
    }
    Ok(())
}

fn headings(shape: &Shape, record: &csv::StringRecord) -> Result<HashMap<&'static str, usize>, String> {
    let mut columns = HashMap::new();
    for (index, heading) in record.iter().enumerate() {
        let heading = heading.trim_start_matches('\u{feff}').trim();
        let inner = heading
            .split_once('[')
            .and_then(|(_, rest)| rest.split_once(']'))
            .map_or(heading, |(inner, _)| inner);
        let name = inner.to_lowercase();
        match shape.known.iter().find(|known| **known == name) {
            Some(known) => {
                if columns.insert(*known, index).is_some() {
                    return Err(format!("the column `{inner}` stands twice in the first line"));
                }
            }
            None if shape.passed_over.contains(&name.as_str()) => {}
            None => {
                return Err(format!(
                    "the column `{}` is not known\n  hint: `{}` names the columns",
                    heading.escape_debug(),
                    shape.help
                ));
            }
        }
    }
    for needed in shape.needed {
        if !columns.contains_key(needed) {
            return Err(format!(
                "the first line names no column `{needed}`\n  hint: `{}` names the columns",
                shape.help
            ));
        }
    }
    Ok(columns)
}
