//! From the text of `$filter` to its tree.

use crate::odata::token::{Token, Word, words};
use crate::odata::{Comparison, Filter, Literal, Operand, Path, Quantifier, QueryFault, TextFunction};

/// Longest filter, in octets.
pub const MAX_FILTER_BYTES: usize = 16 * 1024;
/// Deepest nesting of parentheses, `not` and lambda expressions.
pub const MAX_FILTER_DEPTH: usize = 16;
/// Most values of one `in`, and most conditions of one filter.
pub const MAX_FILTER_CONDITIONS: usize = 256;

impl Filter {
    /// Reads a filter.
    ///
    /// Rule `GRAPH-FILTER`: a filter has at most 16 KiB, 256 conditions or values and nesting 16 deep; operators are lower
    /// case, functions of any case, a quotation mark in a text is doubled. Source: directory-policy-tokens §2.1.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn parse(text: &str) -> Result<Self, QueryFault> {
        if text.len() > MAX_FILTER_BYTES {
            return Err(QueryFault::malformed(format!(
                "Invalid filter clause: it is longer than {MAX_FILTER_BYTES} characters."
            )));
        }
        let tokens = words(text)?;
        let mut parser = Parser {
            tokens: &tokens,
            depth: 0,
            conditions: 0,
            length: text.len(),
        };
        let filter = parser.alternatives()?;
        match parser.tokens.first() {
            None => Ok(filter),
            Some(token) => Err(syntax(token.at, "nothing more was expected")),
        }
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    depth: usize,
    conditions: usize,
    length: usize,
}

fn syntax(at: usize, expected: &str) -> QueryFault {
    QueryFault::malformed(format!(
        "Invalid filter clause: Syntax error at position {at}: {expected}."
    ))
}

impl<'a> Parser<'a> {
    fn at(&self) -> usize {
        self.tokens.first().map_or(self.length, |token| token.at)
    }

    fn next(&mut self) -> Option<&'a Word> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(&first.word)
    }

    fn peek(&self) -> Option<&'a Word> {
        self.tokens.first().map(|token| &token.word)
    }

    fn take(&mut self, word: &Word) -> bool {
        let there = self.peek() == Some(word);
        if there {
            self.next();
        }
        there
    }

    fn demand(&mut self, word: &Word, expected: &str) -> Result<(), QueryFault> {
        let at = self.at();
        if self.take(word) {
            Ok(())
        } else {
            Err(syntax(at, expected))
        }
    }

    fn take_name(&mut self, name: &str) -> bool {
        let there = matches!(self.peek(), Some(Word::Name(found)) if found == name);
        if there {
            self.next();
        }
        there
    }

    fn deeper(&mut self) -> Result<(), QueryFault> {
        self.depth += 1;
        if self.depth > MAX_FILTER_DEPTH {
            return Err(syntax(self.at(), "the filter is nested too deeply"));
        }
        Ok(())
    }

    fn count_one(&mut self) -> Result<(), QueryFault> {
        self.conditions += 1;
        if self.conditions > MAX_FILTER_CONDITIONS {
            return Err(syntax(self.at(), "the filter has too many conditions"));
        }
        Ok(())
    }

    fn alternatives(&mut self) -> Result<Filter, QueryFault> {
        self.joined("or", Self::conjunction, Filter::Or)
    }

    fn conjunction(&mut self) -> Result<Filter, QueryFault> {
        self.joined("and", Self::negation, Filter::And)
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Filter, QueryFault>,
        join: fn(Vec<Filter>) -> Filter,
    ) -> Result<Filter, QueryFault> {
        let first = part(self)?;
        let mut parts = vec![first];
        while self.take_name(word) {
            parts.push(part(self)?);
        }
        match parts.len() {
            1 => parts
                .pop()
                .ok_or_else(|| syntax(self.at(), "a condition was expected")),
            _ => Ok(join(parts)),
        }
    }

    fn negation(&mut self) -> Result<Filter, QueryFault> {
        if !self.take_name("not") {
            return self.condition();
        }
        self.deeper()?;
        let inner = self.negation()?;
        self.depth -= 1;
        Ok(Filter::Not(Box::new(inner)))
    }

    fn condition(&mut self) -> Result<Filter, QueryFault> {
        if self.take(&Word::Open) {
            self.deeper()?;
            let inner = self.alternatives()?;
            self.demand(&Word::Close, "')' was expected")?;
            self.depth -= 1;
            return Ok(inner);
        }
        self.count_one()?;
        let at = self.at();
        let Some(Word::Name(name)) = self.next() else {
            return Err(syntax(at, "a property or function was expected"));
        };
        if self.peek() == Some(&Word::Open) {
            let function = TextFunction::ALL
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            return match function {
                Some((_, function)) => self.text_function(*function),
                None => Err(QueryFault::malformed(format!(
                    "Invalid filter clause: An unknown function with name '{name}' was found at position {at}."
                ))),
            };
        }
        self.after_name(name.clone())
    }

    fn text_function(&mut self, function: TextFunction) -> Result<Filter, QueryFault> {
        self.demand(&Word::Open, "'(' was expected")?;
        let path = self.path()?;
        self.demand(&Word::Comma, "',' was expected")?;
        let at = self.at();
        let Some(Word::Value(Literal::Text(text))) = self.next() else {
            return Err(syntax(at, "a text in quotation marks was expected"));
        };
        self.demand(&Word::Close, "')' was expected")?;
        Ok(Filter::Text {
            function,
            path,
            text: text.clone(),
        })
    }

    fn path(&mut self) -> Result<Path, QueryFault> {
        let mut names = Vec::new();
        loop {
            let at = self.at();
            let Some(Word::Name(name)) = self.next() else {
                return Err(syntax(at, "a property was expected"));
            };
            names.push(name.clone());
            if !self.take(&Word::Slash) {
                return Ok(Path(names));
            }
        }
    }

    /// What follows the first name of a condition that is no function.
    fn after_name(&mut self, first: String) -> Result<Filter, QueryFault> {
        let mut names = vec![first];
        while self.take(&Word::Slash) {
            let at = self.at();
            match self.next() {
                Some(Word::Count) => return self.comparison(Operand::Count(Path(names))),
                Some(Word::Name(name)) if self.peek() == Some(&Word::Open) => {
                    let known = Quantifier::ALL.iter().find(|(known, _)| known == name);
                    let Some((_, quantifier)) = known else {
                        return Err(syntax(at, "'any' or 'all' was expected"));
                    };
                    return self.lambda(*quantifier, Path(names));
                }
                Some(Word::Name(name)) => names.push(name.clone()),
                _ => return Err(syntax(at, "a property was expected")),
            }
        }
        if self.take_name("in") {
            return self.one_of(Path(names));
        }
        self.comparison(Operand::Property(Path(names)))
    }

    fn comparison(&mut self, left: Operand) -> Result<Filter, QueryFault> {
        let at = self.at();
        let word = self.next();
        let comparison = Comparison::ALL
            .iter()
            .find(|(name, _)| matches!(word, Some(Word::Name(found)) if found == name));
        let Some((_, comparison)) = comparison else {
            return Err(syntax(
                at,
                "an operator (eq, ne, gt, ge, lt, le, in) was expected",
            ));
        };
        Ok(Filter::Compare {
            left,
            comparison: *comparison,
            value: self.value()?,
        })
    }

    fn value(&mut self) -> Result<Literal, QueryFault> {
        let at = self.at();
        match self.next() {
            Some(Word::Value(value)) => Ok(value.clone()),
            _ => Err(syntax(at, "a value was expected")),
        }
    }

    fn one_of(&mut self, path: Path) -> Result<Filter, QueryFault> {
        self.demand(&Word::Open, "'(' was expected")?;
        let mut values = vec![self.value()?];
        while self.take(&Word::Comma) {
            self.count_one()?;
            values.push(self.value()?);
        }
        self.demand(&Word::Close, "')' was expected")?;
        Ok(Filter::In { path, values })
    }

    fn lambda(&mut self, quantifier: Quantifier, path: Path) -> Result<Filter, QueryFault> {
        self.demand(&Word::Open, "'(' was expected")?;
        if quantifier == Quantifier::Any && self.take(&Word::Close) {
            return Ok(Filter::NotEmpty(path));
        }
        let at = self.at();
        let Some(Word::Name(variable)) = self.next() else {
            return Err(syntax(at, "a name for the item was expected"));
        };
        self.demand(&Word::Colon, "':' was expected")?;
        self.deeper()?;
        let condition = Box::new(self.alternatives()?);
        self.depth -= 1;
        self.demand(&Word::Close, "')' was expected")?;
        Ok(Filter::Lambda {
            quantifier,
            path,
            variable: variable.clone(),
            condition,
        })
    }
}
