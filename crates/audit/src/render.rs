//! A trace as readable text.

use lanyard_verdict::{Step, StepResult, Trace};

/// Writes the steps as a tree: one branch per question (the part of the rule's name before the first hyphen), one twig
/// per rule, its compared values below it. Ends with a line break; an empty trace gives an empty text.
///
/// Rule `LOG-TREE-SAFE`: control characters in values are written out, so that a certificate cannot steer the terminal of
/// whoever reads the log. Source: certificate-sign-in §9.2.
#[must_use]
pub fn render_tree(trace: &Trace) -> String {
    let mut text = String::new();
    let mut steps = trace.steps();
    while let Some(first) = steps.first() {
        let question = question(first);
        let count = steps
            .iter()
            .take_while(|step| self::question(step) == question)
            .count();
        let (branch, rest) = steps.split_at(count);
        text.push_str(question);
        text.push('\n');
        for (index, step) in branch.iter().enumerate() {
            write_step(&mut text, step, index + 1 == branch.len());
        }
        steps = rest;
    }
    text
}

fn question(step: &Step) -> &str {
    let name = step.rule.as_str();
    name.split_once('-').map_or(name, |(question, _)| question)
}

fn write_step(text: &mut String, step: &Step, is_last: bool) {
    let (twig, trunk) = if is_last {
        ("└─", "  ")
    } else {
        ("├─", "│ ")
    };
    let result = match step.result {
        StepResult::Passed => "passed ",
        StepResult::Failed => "failed ",
        StepResult::Skipped => "skipped",
        StepResult::Decided => "decided",
    };
    text.push_str(&format!("{twig} {result}  {}\n", printable(step.rule.as_str())));
    for input in &step.inputs {
        text.push_str(&format!(
            "{trunk}            {}: {}\n",
            printable(&input.name),
            printable(&input.value)
        ));
    }
}

fn printable(value: &str) -> String {
    let mut safe = String::with_capacity(value.len());
    for character in value.chars() {
        let steers_direction =
            matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
        if character.is_control() || steers_direction {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe
}
