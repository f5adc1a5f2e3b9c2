//! Colours and type of a chart, read from the style sheet's tokens by the page.

use serde::{Deserialize, Serialize};

use crate::view::palette;

/// What a chart needs to know of the look. Colours are CSS colours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    /// Surface that the chart stands on.
    pub surface: String,
    /// Text.
    pub text: String,
    /// Axis labels.
    pub muted: String,
    /// Grid lines.
    pub hairline: String,
    /// What can be acted on.
    pub accent: String,
    /// The span that is dragged over: the accent, faint.
    pub selection: String,
    /// At most eight hues, told apart by colour-blind readers too.
    pub categorical: Vec<String>,
    /// A ramp from little to much.
    pub sequential: Vec<String>,
    /// A ramp from below through zero to above.
    pub diverging: Vec<String>,
    /// All is well.
    pub good: String,
    /// Worth a look.
    pub warning: String,
    /// Needs action.
    pub bad: String,
    /// Font family.
    pub font: String,
    /// The entities with a fixed hue, in order: the workspace's models first.
    pub entities: Vec<String>,
    /// Whether lines are named at their ends and in legends.
    pub has_names: bool,
    /// Whether points and events are marked.
    pub has_marks: bool,
}

impl Theme {
    /// The hue of an entity: its slot in the palette. Empty is the first hue, [`palette::WHOLE`] the colour of text.
    pub fn hue(&self, entity: &str) -> &str {
        if entity == palette::WHOLE {
            return &self.text;
        }
        let slot = if entity.is_empty() { 0 } else { palette::slot(entity, &self.entities) };
        self.categorical.get(slot % self.categorical.len().max(1)).map_or(self.accent.as_str(), String::as_str)
    }
}

#[cfg(test)]
impl Theme {
    /// A theme for tests.
    pub(crate) fn sample() -> Self {
        let list = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Self {
            surface: "#fff".into(),
            text: "#111".into(),
            muted: "#777".into(),
            hairline: "#eee".into(),
            accent: "#06c".into(),
            selection: "#06c2".into(),
            categorical: list(&["#a00", "#0a0", "#00a"]),
            sequential: list(&["#eef", "#00f"]),
            diverging: list(&["#f00", "#eee", "#00f"]),
            good: "#080".into(),
            warning: "#a80".into(),
            bad: "#c00".into(),
            font: "Inter".into(),
            entities: list(&["fraud", "churn"]),
            has_names: true,
            has_marks: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_keeps_its_hue() {
        let theme = Theme::sample();
        assert_eq!(theme.hue("churn"), "#0a0");
        assert_eq!(theme.hue("other"), theme.hue("other"));
        assert_eq!(theme.hue(""), "#a00");
        assert_eq!(theme.hue(palette::WHOLE), "#111");
        assert_eq!((theme.hue("#1"), theme.hue("#5")), ("#0a0", "#00a"));
    }
}
