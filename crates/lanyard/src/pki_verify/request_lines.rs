//! Lines of bounded length, and the request in a line.

use std::io::{BufRead, Read as _};

use jiff::Timestamp;
use serde_json::{Map, Value};

use lanyard_pki::{RequestId, Unreadable, VerifyAnswer, VerifyRequest};

/// One line of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Its octets without the line end.
    Octets(Vec<u8>),
    /// It was longer than allowed and was skipped.
    TooLong,
}

/// Reads the next line, keeping at most `max_octets` of it in memory; `None` at the end.
pub(super) fn next_line(input: &mut impl BufRead, max_octets: u64) -> std::io::Result<Option<Line>> {
    let mut octets = Vec::new();
    let read = input
        .by_ref()
        .take(max_octets + 1)
        .read_until(b'\n', &mut octets)?;
    if read == 0 {
        return Ok(None);
    }
    if octets.last() == Some(&b'\n') {
        octets.pop();
    } else if read as u64 > max_octets {
        drop(octets);
        input.skip_until(b'\n')?;
        return Ok(Some(Line::TooLong));
    }
    Ok(Some(Line::Octets(octets)))
}

/// The members of a request whose id is known.
pub(super) struct RequestMembers {
    pub(super) id: Option<RequestId>,
    members: Map<String, Value>,
}

impl RequestMembers {
    /// Reads a line; the error is the answer to one that is no JSON object.
    pub(super) fn read(line: &Line) -> Result<Self, Box<VerifyAnswer>> {
        let unreadable = |cause: String| Err(Box::new(VerifyAnswer::unreadable(None, &Unreadable(cause))));
        let Line::Octets(octets) = line else {
            return unreadable("the line is longer than allowed".to_owned());
        };
        let mut members = match serde_json::from_slice(octets) {
            Ok(Value::Object(members)) => members,
            Ok(_) => return unreadable("the line is no JSON object".to_owned()),
            Err(error) => return unreadable(format!("the line is no JSON object: {error}")),
        };
        members.retain(|_, value| !value.is_null());
        let id = members
            .get("id")
            .and_then(|id| serde_json::from_value(id.clone()).ok());
        Ok(Self { id, members })
    }

    /// Judges the request, whatever it holds.
    pub(super) fn answer(self, now: Timestamp) -> VerifyAnswer {
        let unreadable = |id, cause: String| VerifyAnswer::unreadable(id, &Unreadable(cause));
        for needed in ["anchors", "leaf"] {
            if !self.members.contains_key(needed) {
                return unreadable(self.id, format!("the request has no `{needed}`"));
            }
        }
        match serde_json::from_value::<VerifyRequest>(Value::Object(self.members)) {
            Ok(request) => request.answer(now),
            Err(error) => unreadable(self.id, format!("the line is no request: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_they_should() {
        let cases: [(&[u8], &[Option<&str>]); 7] = [
            (b"", &[]),
            (b"\n", &[Some("")]),
            (b"a\nb", &[Some("a"), Some("b")]),
            (b"a\n\nb\n", &[Some("a"), Some(""), Some("b")]),
            (b"12345\n6", &[Some("12345"), Some("6")]),
            (b"123456\n7\n", &[None, Some("7")]),
            (b"1234567890123", &[None]),
        ];
        for (text, expected) in cases {
            let mut rest = text;
            for line in expected {
                let expected = line.map_or(Line::TooLong, |line| Line::Octets(line.into()));
                assert_eq!(next_line(&mut rest, 5).unwrap(), Some(expected), "{text:?}");
            }
            assert_eq!(next_line(&mut rest, 5).unwrap(), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_request_is_unreadable_and_keeps_its_id() {
        for (line, id) in [
            ("", None),
            ("{", None),
            ("[]", None),
            ("\u{0}", None),
            (r#"{"id":7}"#, Some(RequestId::Number(7))),
            (
                r#"{"id":"a","anchors":[],"leaf":5}"#,
                Some(RequestId::Text("a".into())),
            ),
            (r#"{"id":1,"anchors":[],"leaf":""}"#, Some(RequestId::Number(1))),
            (r#"{"id":1,"anchors":"x","leaf":""}"#, Some(RequestId::Number(1))),
            (
                r#"{"id":2,"anchors":null,"leaf":"x"}"#,
                Some(RequestId::Number(2)),
            ),
            (r#"{"id":{},"anchors":[],"leaf":"x"}"#, None),
        ] {
            let line_of_it = Line::Octets(line.into());
            let answer = RequestMembers::read(&line_of_it)
                .map_or_else(|answer| *answer, |request| request.answer(Timestamp::UNIX_EPOCH));
            assert_eq!((answer.outcome, answer.id), ("unreadable", id), "{line}");
        }
    }
}
