//! Which fields of answers a role sees as they are, and how the others are masked.
//!
//! A field is a column of rows, a label of series, a parameter or tag of a run (`params.<key>`, `tags.<key>`), or a text of a trace or alert.
//! Whatever is not allowed is masked: a list that says nothing hides everything that it could hide.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Privacy;

/// The fields that one role sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct FieldList {
    /// Fields shown as they are, such as `plan` or `params.*`; `*` stands for any characters, and alone for every field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// How fields are masked, by name, also where `allow` would let them through. What neither names gets `hmac`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub masks: BTreeMap<String, Mask>,
}

/// What is left of a masked value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Mask {
    /// A token of the session (HMAC-SHA-256 with a random key): equal values have equal tokens, until the page is loaded again.
    #[default]
    Hmac,
    /// The last four characters of eight or more; nothing of less.
    LastFour,
    /// The year of a time or date; nothing of anything else.
    Year,
}

impl Privacy {
    /// The list that holds for a role; `None` where every field is shown.
    pub fn fields_of(&self, role: Option<&str>) -> Option<FieldList> {
        let lists = self.fields.as_ref()?;
        let list = role.and_then(|role| lists.get(role)).cloned().unwrap_or_default();
        (!list.allows_all()).then_some(list)
    }
}

impl FieldList {
    /// How a field is masked; `None` if it is shown as it is.
    pub fn mask_of(&self, field: &str) -> Option<Mask> {
        let named = self
            .masks
            .get(field)
            .or_else(|| self.masks.iter().find(|(pattern, _)| matches(pattern, field)).map(|(_, mask)| mask));
        match named {
            Some(mask) => Some(*mask),
            None if self.allow.iter().any(|pattern| matches(pattern, field)) => None,
            None => Some(Mask::default()),
        }
    }

    fn allows_all(&self) -> bool {
        self.masks.is_empty() && self.allow.iter().any(|pattern| pattern == "*")
    }
}

/// Whether a name fits a pattern in which `*` stands for any characters, none included.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        // The first place leaves the most for what follows.
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(json: &str) -> FieldList {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("plan", "plan", true),
            ("plan", "plans", false),
            ("plan", "aplan", false),
            ("", "", true),
            ("", "x", false),
            ("*", "", true),
            ("*", "anything", true),
            ("params.*", "params.lr", true),
            ("params.*", "tags.params.lr", false),
            ("*_id", "user_id", true),
            ("*_id", "user_ids", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn what_no_list_names_is_masked_and_a_mask_wins() {
        let list = list(r#"{"allow": ["plan", "params.*"], "masks": {"card": "lastFour", "params.user*": "year"}}"#);
        let masks = ["plan", "params.lr", "card", "params.user_born", "email"].map(|field| list.mask_of(field));
        assert_eq!(masks, [None, None, Some(Mask::LastFour), Some(Mask::Year), Some(Mask::Hmac)]);
    }

    #[test]
    fn without_lists_all_is_shown_and_with_lists_a_role_without_one_sees_least() {
        let privacy = |json: &str| serde_json::from_str::<Privacy>(json).unwrap();
        assert_eq!(privacy("{}").fields_of(Some("a")), None);
        let lists = privacy(r#"{"fields": {"a": {"allow": ["*"]}, "b": {"allow": ["*"], "masks": {"x": "hmac"}}}}"#);
        assert_eq!(lists.fields_of(Some("a")), None);
        assert!(lists.fields_of(Some("b")).is_some());
        assert_eq!(lists.fields_of(Some("c")), Some(FieldList::default()));
        assert_eq!(lists.fields_of(None), Some(FieldList::default()));
        assert_eq!(privacy(r#"{"fields": {}}"#).fields_of(Some("a")), Some(FieldList::default()));
    }
}
