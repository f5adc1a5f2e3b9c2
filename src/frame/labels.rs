//! Label sets: the identity of a series.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Sorted label names and values. Both are hostile text: shown as text, never as markup.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    /// No labels.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the canonical form, `{a="1",b="x"}`; what cannot be read is left out.
    pub fn parse(text: &str) -> Self {
        let mut labels = Self::new();
        let mut chars = text.trim().trim_start_matches('{').chars();
        loop {
            let name: String = chars.by_ref().take_while(|c| *c != '=').filter(|c| !c.is_whitespace()).collect();
            let name = name.trim_matches(|c| c == ',' || c == '}').to_owned();
            if name.is_empty() || chars.next() != Some('"') {
                return labels;
            }
            let mut value = String::new();
            while let Some(c) = chars.next() {
                match c {
                    '"' => break,
                    '\\' => match chars.next() {
                        Some('n') => value.push('\n'),
                        Some(other) => value.push(other),
                        None => break,
                    },
                    other => value.push(other),
                }
            }
            labels.set(name, value);
        }
    }

    /// The value of `name`, if the label is set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets a label.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Sets a label and returns the set, for building in one expression.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// Removes a label.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Only the named labels; absent ones stay absent.
    #[must_use]
    pub fn only(&self, names: &[String]) -> Self {
        self.0.iter().filter(|(name, _)| names.contains(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
    }

    /// Names and values in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Number of labels.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, String)> for Labels {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// The canonical form, `{a="1",b="x"}`, with `\`, `"` and line feeds escaped as in `OpenMetrics`.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, (name, value)) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            write!(f, "{comma}{name}=\"{value}\"")?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_form_is_sorted_and_escaped() {
        let labels = Labels::new().with("b", "x\"y\\").with("a", "1\n2");
        assert_eq!(labels.to_string(), r#"{a="1\n2",b="x\"y\\"}"#);
    }

    #[test]
    fn the_canonical_form_is_read_back() {
        let labels = Labels::new().with("a", "1\n2").with("b", "x\"y\\,z=\"").with("c", "");
        assert_eq!(Labels::parse(&labels.to_string()), labels);
        assert_eq!(Labels::parse("{}"), Labels::new());
        assert_eq!(Labels::parse(""), Labels::new());
        assert_eq!(Labels::parse("{a=1}"), Labels::new());
    }
}
