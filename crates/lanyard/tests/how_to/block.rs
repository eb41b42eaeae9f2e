//! The fenced blocks of a page.

/// One fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    pub(crate) body: String,
    /// Line of its first fence.
    pub(crate) line: usize,
    /// Number of the `## Step` it stands in; 0 before.
    pub(crate) step: usize,
}

/// What a block is, as the words after its fence say.
#[derive(Debug)]
pub(crate) enum Kind {
    /// `sh`: commands, for one way or for all; `fails`: they end with an error.
    Shell { way: Option<String>, fails: bool },
    /// `sh serve`: runs until the end.
    Server,
    /// `text`: what the commands before print.
    Output,
    /// `http NAME=member …`: a request; members of the answer become variables.
    Request { kept: Vec<(String, String)> },
    /// `http` that starts with a status line: the answer to the request before.
    Answer,
    /// `json NAME`: a file to save.
    File { name: String },
    /// `person NAME`: what somebody does at a browser.
    Person { name: String },
}

impl Kind {
    /// Whether somebody who goes this way has something to do here.
    pub(crate) fn is_done_by(&self, way: &str) -> bool {
        match self {
            Self::Shell { way: None, .. } | Self::Server | Self::Person { .. } => true,
            Self::Shell { way: Some(own), .. } => own == way,
            Self::Request { .. } => way == "graph",
            Self::Output | Self::Answer | Self::File { .. } => false,
        }
    }
}

/// The blocks of a page in their order.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    let mut step = 0;
    for (at, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(words)) => open = Some((at + 1, words.to_owned(), String::new())),
            (None, None) => {
                if line.starts_with("## ") {
                    let number = line
                        .strip_prefix("## Step ")
                        .and_then(|rest| rest.split('.').next());
                    step = number.map_or(0, |number| number.parse().unwrap());
                }
            }
            (Some(_), Some(rest)) => {
                assert_eq!(rest, "", "line {}: a fence that closes nothing", at + 1);
                let (line, words, body) = open.take().unwrap();
                let kind = kind(&words, &body, line);
                found.push(Block {
                    kind,
                    body,
                    line,
                    step,
                });
            }
            (Some((_, _, body)), None) => {
                body.push_str(line);
                body.push('\n');
            }
        }
    }
    assert!(open.is_none(), "the last block is not closed");
    found
}

fn kind(words: &str, body: &str, line: usize) -> Kind {
    let words: Vec<&str> = words.split(' ').collect();
    match words.as_slice() {
        ["sh", "serve"] => Kind::Server,
        ["sh", rest @ ..] => {
            let (fails, way): (Vec<&str>, Vec<&str>) = rest.iter().partition(|word| **word == "fails");
            assert!(
                way.iter().all(|way| ["admin", "az", "graph"].contains(way)) && way.len() < 2,
                "line {line}: {rest:?}"
            );
            Kind::Shell {
                way: way.first().map(|way| (*way).to_owned()),
                fails: !fails.is_empty(),
            }
        }
        ["text"] => Kind::Output,
        ["json", name] => Kind::File {
            name: (*name).to_owned(),
        },
        ["person", name] => Kind::Person {
            name: (*name).to_owned(),
        },
        ["http"] if body.starts_with("HTTP/") => Kind::Answer,
        ["http", kept @ ..] => Kind::Request {
            kept: kept
                .iter()
                .map(|pair| {
                    let (name, member) = pair.split_once('=').unwrap();
                    (name.to_owned(), member.to_owned())
                })
                .collect(),
        },
        other => panic!("line {line}: what is a block of {other:?}?"),
    }
}
