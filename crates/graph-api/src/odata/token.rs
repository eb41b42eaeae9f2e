//! The words of a filter.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::odata::{Literal, QueryFault};

/// One word with where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) word: Word,
    /// Position of its first octet, for messages.
    pub(crate) at: usize,
}

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word {
    Open,
    Close,
    Comma,
    Colon,
    Slash,
    /// `$count`
    Count,
    Name(String),
    Value(Literal),
}

/// Letters of a GUID with its hyphens.
const GUID_LENGTH: usize = 36;

/// Cuts a text into words.
pub(crate) fn words(text: &str) -> Result<Vec<Token>, QueryFault> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        let at = text.len() - rest.len();
        let (word, length) = match first {
            '(' => (Word::Open, 1),
            ')' => (Word::Close, 1),
            ',' => (Word::Comma, 1),
            ':' => (Word::Colon, 1),
            '/' => (Word::Slash, 1),
            '\'' => quoted(rest, at)?,
            '$' if rest.starts_with("$count") => (Word::Count, "$count".len()),
            first if first.is_ascii_alphanumeric() || first == '-' || first == '_' => run(rest, at)?,
            other => return Err(unreadable(other, at)),
        };
        tokens.push(Token { word, at });
        rest = rest.get(length..).unwrap_or_default();
    }
}

fn unreadable(character: char, at: usize) -> QueryFault {
    QueryFault::malformed(format!(
        "Invalid filter clause: Syntax error: character {character:?} is not valid at position {at}."
    ))
}

/// A text in quotation marks; two of them inside mean one.
fn quoted(rest: &str, at: usize) -> Result<(Word, usize), QueryFault> {
    let mut value = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((index, character)) = characters.next() {
        if character != '\'' {
            value.push(character);
        } else if characters.next_if(|&(_, next)| next == '\'').is_some() {
            value.push('\'');
        } else {
            return Ok((Word::Value(Literal::Text(value)), index + 1));
        }
    }
    Err(QueryFault::malformed(format!(
        "Invalid filter clause: There is an unterminated string literal at position {at}."
    )))
}

/// A name, number, date or GUID.
fn run(rest: &str, at: usize) -> Result<(Word, usize), QueryFault> {
    let guid = rest
        .get(..GUID_LENGTH)
        .and_then(|text| Uuid::try_parse(text).ok());
    let after_guid = rest.get(GUID_LENGTH..).and_then(|rest| rest.chars().next());
    if let Some(guid) = guid
        && !after_guid.is_some_and(|next| next.is_ascii_alphanumeric() || matches!(next, '-' | '_'))
    {
        return Ok((Word::Value(Literal::Guid(guid)), GUID_LENGTH));
    }
    let starts_as_name = rest.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let belongs = |character: char| {
        character.is_ascii_alphanumeric()
            || matches!(character, '_' | '.')
            || (!starts_as_name && matches!(character, '-' | ':' | '+'))
    };
    let length = rest.find(|character| !belongs(character)).unwrap_or(rest.len());
    let text = rest.get(..length).unwrap_or_default();
    let word = if starts_as_name {
        match text {
            "null" => Word::Value(Literal::Null),
            "true" => Word::Value(Literal::Boolean(true)),
            "false" => Word::Value(Literal::Boolean(false)),
            name => Word::Name(name.to_owned()),
        }
    } else if let Ok(number) = text.parse::<i64>() {
        Word::Value(Literal::Integer(number))
    } else if let Ok(date) = text.parse::<Date>()
        && text.len() == "2026-01-09".len()
    {
        Word::Value(Literal::Date(date))
    } else if let Ok(moment) = text.parse::<Timestamp>() {
        Word::Value(Literal::DateTime(moment))
    } else {
        return Err(QueryFault::malformed(format!(
            "Invalid filter clause: Unrecognized literal '{text}' at position {at}."
        )));
    };
    Ok((word, length))
}
