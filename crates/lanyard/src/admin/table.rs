//! Rows for people as a table, for programs as JSON.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Map, Value};

use crate::cli::Output;

/// Prints rows under headings; as JSON, an array of objects with the headings in camelCase as names.
pub(crate) fn print_rows(output: Output, headings: &[&str], rows: &[Vec<String>]) -> anyhow::Result<()> {
    match output {
        Output::Table if rows.is_empty() => println!("(none)"),
        Output::Table => {
            let mut table = Table::new();
            table
                .load_style(presets::NOTHING)
                .set_content_arrangement(ContentArrangement::Dynamic);
            table.set_header(headings.iter().map(|heading| heading.to_uppercase()));
            for row in rows {
                table.add_row(row);
            }
            println!("{}", table.trim_fmt());
        }
        Output::Json => {
            let names: Vec<String> = headings.iter().map(|heading| camel_case(heading)).collect();
            let objects: Vec<Value> = rows
                .iter()
                .map(|row| {
                    let members = names
                        .iter()
                        .cloned()
                        .zip(row.iter().map(|cell| Value::String(cell.clone())));
                    Value::Object(members.collect::<Map<_, _>>())
                })
                .collect();
            println!("{}", serde_json::to_string_pretty(&objects)?);
        }
    }
    Ok(())
}

pub(super) fn camel_case(heading: &str) -> String {
    let mut name = String::new();
    for (index, word) in heading.split(' ').enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if index > 0 => {
                name.extend(first.to_uppercase());
                name.push_str(letters.as_str());
            }
            Some(first) => {
                name.extend(first.to_lowercase());
                name.push_str(letters.as_str());
            }
            None => {}
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::camel_case;

    #[test]
    fn headings_become_member_names() {
        for (heading, name) in [
            ("id", "id"),
            ("User name", "userName"),
            ("CRL address", "cRLAddress"),
            ("", ""),
        ] {
            assert_eq!(camel_case(heading), name);
        }
    }
}
