//! Adding filters to the selectors of a `PromQL` expression.
//!
//! The places come from a real parser; this only inserts text there and touches nothing else.

use serde::{Deserialize, Serialize};

use super::promql::conditions;
use crate::query::Matcher;
use crate::source::{Cause, Failure};

/// Where an expression has a vector selector. Offsets are bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectorSpan {
    /// Metric name; empty if the selector has none before its braces.
    pub name: String,
    /// Where the name begins; where the selector begins if there is no name.
    pub name_from: usize,
    /// Where the name ends.
    pub name_to: usize,
    /// From the opening brace to behind the closing one.
    pub brace: Option<(usize, usize)>,
    /// Label names that it already compares.
    pub matchers: Vec<String>,
}

impl SelectorSpan {
    /// The selector's own text in its expression; `None` if the span is not of this expression.
    pub fn text<'a>(&self, expr: &'a str) -> Option<&'a str> {
        let (from, to) = self.brace.map_or((self.name_from, self.name_to), |(brace, to)| {
            (if self.name.is_empty() { brace } else { self.name_from }, to)
        });
        expr.get(from..to)
    }
}

/// Turns offsets in UTF-16 units, as parsers in JavaScript give them, into bytes. Offsets beyond the end become the end.
pub fn bytes_from_utf16(expr: &str, spans: &mut [SelectorSpan]) {
    let mut bytes = Vec::with_capacity(expr.len() + 1);
    for (at, c) in expr.char_indices() {
        bytes.extend(std::iter::repeat_n(at, c.len_utf16()));
    }
    let byte = |unit: usize| bytes.get(unit).copied().unwrap_or(expr.len());
    for span in spans {
        span.name_from = byte(span.name_from);
        span.name_to = byte(span.name_to);
        span.brace = span.brace.map(|(from, to)| (byte(from), byte(to)));
    }
}

/// The expression with the matchers added in every selector that carries their label.
///
/// A selector that already compares the label gets the new condition in addition: both must hold.
///
/// # Errors
/// [`Cause::Configuration`] if the spans do not fit the expression or a label has no name.
pub fn insert(
    expr: &str,
    spans: &[SelectorSpan],
    matchers: &[Matcher],
    carries: impl Fn(&SelectorSpan, &str) -> bool,
) -> Result<String, Failure> {
    let misfit = || Failure::new(Cause::Configuration, format!("the parsed places do not fit the expression {expr:?}"));
    let mut ordered: Vec<&SelectorSpan> = spans.iter().collect();
    ordered.sort_by_key(|span| span.brace.map_or(span.name_to, |(from, _)| from));
    let (mut out, mut done) = (String::with_capacity(expr.len()), 0);
    for span in ordered {
        let added = conditions(matchers.iter().filter(|m| carries(span, &m.label)))?;
        if added.is_empty() {
            continue;
        }
        let (at, text) = if let Some((from, to)) = span.brace {
            let inner = expr.get(from..to).and_then(|t| t.strip_prefix('{')?.strip_suffix('}')).ok_or_else(misfit)?;
            // The new condition goes first: what follows may end in a comma or in a comment.
            let is_empty = span.matchers.is_empty() && inner.trim().is_empty();
            (from + 1, if is_empty { added } else { format!("{added},") })
        } else {
            (span.name_to, format!("{{{added}}}"))
        };
        out.push_str(expr.get(done..at).ok_or_else(misfit)?);
        out.push_str(&text);
        done = at;
    }
    out.push_str(expr.get(done..).ok_or_else(misfit)?);
    Ok(out)
}
