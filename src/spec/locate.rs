//! Where in a JSON text a path leads: for messages that an editor can jump to.
//!
//! The text has been parsed by `serde_json` before; on anything unexpected the walk ends without an answer.

use std::fmt;

/// A step of a path into a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A member of an object.
    Key(String),
    /// An element of an array.
    Index(usize),
}

/// A path into a JSON document, shown as `spec.metrics[3].unit`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The path one member further.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.push(Step::Key(key.into()));
        self
    }

    /// The path one element further.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain =
            |key: &str| !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_$".contains(&b));
        for (nth, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if is_plain(key) && nth == 0 => f.write_str(key)?,
                Step::Key(key) if is_plain(key) => write!(f, ".{key}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Line and column, both from 1, of the value at `path`, or of the nearest value above it that the text has.
pub(super) fn locate(text: &str, path: &Path) -> Option<(usize, usize)> {
    let mut walk = Walk { text, at: 0 };
    walk.skip_space();
    let mut found = walk.at;
    for step in &path.0 {
        let stepped = match step {
            Step::Key(key) => walk.enter_key(key),
            Step::Index(index) => walk.enter_index(*index),
        };
        if stepped.is_none() {
            break;
        }
        found = walk.at;
    }
    let before = text.get(..found)?;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some((line, column))
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl Walk<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn take(&mut self, c: char) -> Option<()> {
        self.skip_space();
        self.rest().starts_with(c).then(|| self.at += c.len_utf8())
    }

    /// Moves to the value of a member of the object here.
    fn enter_key(&mut self, key: &str) -> Option<()> {
        self.take('{')?;
        loop {
            self.skip_space();
            let start = self.at;
            self.skip_value()?;
            let name: String = serde_json::from_str(self.text.get(start..self.at)?).ok()?;
            self.take(':')?;
            self.skip_space();
            if name == key {
                return Some(());
            }
            self.skip_value()?;
            self.take(',')?;
        }
    }

    /// Moves to an element of the array here.
    fn enter_index(&mut self, index: usize) -> Option<()> {
        self.take('[')?;
        self.skip_space();
        for _ in 0..index {
            self.skip_value()?;
            self.take(',')?;
            self.skip_space();
        }
        (!self.rest().starts_with(']')).then_some(())
    }

    /// Moves behind the value here.
    fn skip_value(&mut self) -> Option<()> {
        self.skip_space();
        let start = self.at;
        let mut depth = 0_usize;
        let (mut in_string, mut is_escaped) = (false, false);
        for (offset, c) in self.rest().char_indices() {
            let next = start + offset + c.len_utf8();
            if in_string {
                (in_string, is_escaped) = (is_escaped || c != '"', !is_escaped && c == '\\');
                if !in_string && depth == 0 {
                    self.at = next;
                    return Some(());
                }
                continue;
            }
            match c {
                '"' => in_string = true,
                '{' | '[' => depth += 1,
                '}' | ']' if depth > 0 => {
                    depth -= 1;
                    if depth == 0 {
                        self.at = next;
                        return Some(());
                    }
                }
                ',' | ':' | '}' | ']' if depth == 0 => {
                    self.at = start + offset;
                    return (offset > 0).then_some(());
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"a\": [1, \"x,]\\\"}\", {\"b\\u0041\": null}],\n  \"ü\": {\"c\": true}\n}";

    #[track_caller]
    fn check(path: &Path, expected: (usize, usize)) {
        assert_eq!(locate(TEXT, path), Some(expected), "{path}");
    }

    #[test]
    fn paths_lead_to_their_place() {
        check(&Path::default(), (1, 1));
        check(&Path::default().key("a"), (2, 8));
        check(&Path::default().key("a").index(1), (2, 12));
        check(&Path::default().key("a").index(2).key("bA"), (2, 34));
        check(&Path::default().key("ü").key("c"), (3, 14));
    }

    #[test]
    fn a_missing_member_is_its_object() {
        check(&Path::default().key("ü").key("z"), (3, 8));
        check(&Path::default().key("a").index(9), (2, 8));
    }

    #[test]
    fn paths_are_shown_as_people_write_them() {
        let path = Path::default().key("spec").key("metrics").index(3).key("a.b").key("unit");
        assert_eq!(path.to_string(), "spec.metrics[3][\"a.b\"].unit");
    }
}
