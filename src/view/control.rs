//! Controls of a panel: what the viewer may set on it, kept in the address.

use serde::{Deserialize, Serialize};

/// One setting of the panel, read back by the derivation as `context.setting(name)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Name of the setting.
    pub name: String,
    /// Shown name, for those who do not see the control's place; sentence case.
    pub title: String,
    /// What can be chosen.
    pub kind: ControlKind,
    /// What is chosen now; the default where the viewer chose nothing.
    pub value: String,
    /// Whether it is shown only on the panel's own page.
    pub details: bool,
}

/// What can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ControlKind {
    /// One of a few, as (value, shown name); drawn as a segmented switch up to four, as a list beyond.
    Choice(Vec<(String, String)>),
    /// A number from low to high in steps.
    Slider {
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
        /// Distance of values.
        step: f64,
    },
}

impl Control {
    /// A choice of a few.
    pub fn choice(name: &str, title: &str, options: &[(&str, &str)], value: &str) -> Self {
        let options = options.iter().map(|(value, shown)| ((*value).to_owned(), (*shown).to_owned())).collect();
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            kind: ControlKind::Choice(options),
            value: value.to_owned(),
            details: false,
        }
    }

    /// A number.
    pub fn slider(name: &str, title: &str, (low, high, step): (f64, f64, f64), value: f64) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            kind: ControlKind::Slider { low, high, step },
            value: value.to_string(),
            details: false,
        }
    }

    /// The control as such, whatever is chosen.
    #[must_use]
    pub fn without_value(&self) -> Self {
        Self { value: String::new(), ..self.clone() }
    }

    /// The control only on the panel's own page.
    #[must_use]
    pub fn in_details(mut self) -> Self {
        self.details = true;
        self
    }
}
