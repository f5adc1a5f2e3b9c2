//! A mistake in the document, so that a person can find and mend it.

use std::fmt;

use super::locate::Path;

/// A mistake in the document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problem {
    /// Where it is.
    pub path: Path,
    /// What is there. Hostile.
    pub found: String,
    /// What belongs there.
    pub expected: String,
    /// The nearest known name, if one is near.
    pub nearest: Option<String>,
    /// Line and column of the text, from 1; `None` where the text has no such place.
    pub place: Option<(usize, usize)>,
    /// How many characters of the text at the path stand before it, where that text is a language of its own.
    pub offset: Option<usize>,
    /// The list (`panels`, `metrics`, ...) and id of the element that was dropped for it; `None` if all was kept.
    pub dropped: Option<(&'static str, String)>,
}

impl Problem {
    pub(super) fn new(path: Path, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { path, found: found.into(), expected: expected.into(), ..Self::default() }
    }

    /// The problem with the known name that is nearest to `found`.
    #[must_use]
    pub(super) fn near<'a>(mut self, known: impl IntoIterator<Item = &'a str>) -> Self {
        self.nearest = super::nearest::nearest(self.found.trim_matches('"'), known);
        self
    }
}

impl fmt::Display for Problem {
    /// `spec.metrics[3].unit (line 12, column 5): found 5, expected a string; did you mean "x"?`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.to_string();
        f.write_str(if path.is_empty() { "document" } else { &path })?;
        if let Some((line, column)) = self.place {
            write!(f, " (line {line}, column {column})")?;
        }
        write!(f, ": found {}, expected {}", self.found, self.expected)?;
        if let Some(nearest) = &self.nearest {
            write!(f, "; did you mean \"{nearest}\"?")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
