//! What a return rests on besides bookings: assumptions that the viewer may change.

use crate::derive::Context;
use crate::view::{Cell, Control};

/// One assumption.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Term {
    /// Name; the setting is `assume-<id>`, the panel's option that sets the default has the id.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) meaning: &'static str,
    /// Lowest, highest and step of the slider.
    pub(super) scale: (f64, f64, f64),
    pub(super) default: f64,
    pub(super) value: f64,
}

/// The assumptions as they are now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::derive) struct Terms {
    /// Share of the revenue of the kind `model` that counts as benefit, 0 to 1.
    pub(super) share: Term,
    /// What booked costs are multiplied by.
    pub(super) cost: Term,
    /// Discount a year, 0 to 1, back to the start of the range.
    pub(super) discount: Term,
}

impl Terms {
    /// The viewer's, where set; else those of the workspace, else all revenue, costs as booked, and no discount.
    pub(super) fn of(context: &Context<'_>) -> Self {
        let defaults = Self::defaults(context);
        let set = |term: Term| {
            let (low, high, _) = term.scale;
            let typed = context.setting(&setting(term.id)).and_then(|text| text.trim().parse::<f64>().ok());
            Term { value: typed.filter(|v| v.is_finite()).map_or(term.default, |v| v.clamp(low, high)), ..term }
        };
        Self { share: set(defaults.share), cost: set(defaults.cost), discount: set(defaults.discount) }
    }

    /// The assumptions that nobody changed; options of the panel replace the built-in ones.
    pub(in crate::derive) fn defaults(context: &Context<'_>) -> Self {
        let term = |id, title, meaning, scale: (f64, f64, f64), built_in: f64| {
            let given = context.number(id).filter(|v| v.is_finite()).map(|v| v.clamp(scale.0, scale.1));
            let default = given.unwrap_or(built_in);
            Term { id, title, meaning, scale, default, value: default }
        };
        Self {
            share: term(
                "share",
                "Share of model revenue attributed",
                "of the revenue booked as the model's, how much would not have come without it",
                (0.0, 1.0, 0.05),
                1.0,
            ),
            cost: term("cost", "Cost factor", "what booked costs are multiplied by", (0.5, 2.0, 0.05), 1.0),
            discount: term(
                "discount",
                "Discount a year",
                "what a later euro is worth less, back to the start of the range",
                (0.0, 0.3, 0.01),
                0.0,
            ),
        }
    }

    /// The same with nothing changed.
    pub(super) fn unchanged(self) -> Self {
        let back = |term: Term| Term { value: term.default, ..term };
        Self { share: back(self.share), cost: back(self.cost), discount: back(self.discount) }
    }

    pub(super) fn all(&self) -> [Term; 3] {
        [self.share, self.cost, self.discount]
    }

    /// The assumptions that differ from their default.
    pub(super) fn changed(&self) -> Vec<Term> {
        self.all().into_iter().filter(|term| (term.value - term.default).abs() > 1e-9).collect()
    }

    /// A slider for each.
    pub(super) fn controls(&self) -> Vec<Control> {
        let slider = |term: Term| Control::slider(&setting(term.id), term.title, term.scale, term.value).in_details();
        self.all().into_iter().map(slider).collect()
    }

    /// What an amount at `at_ms` is worth at `from_ms`; 1 before it.
    pub(super) fn worth(&self, at_ms: i64, from_ms: i64) -> f64 {
        const YEAR_MS: f64 = 365.25 * 86_400_000.0;
        let years = (at_ms.saturating_sub(from_ms) as f64 / YEAR_MS).max(0.0);
        (1.0 + self.discount.value).powf(-years)
    }

    /// A row for each, for the table of assumptions.
    pub(super) fn rows(&self) -> Vec<Vec<Cell>> {
        let row = |term: Term| {
            let is_changed = (term.value - term.default).abs() > 1e-9;
            vec![
                Cell::Text(term.title.to_owned()),
                Cell::Number(term.value),
                Cell::Number(term.default),
                Cell::Text(if is_changed { "what if" } else { "default" }.to_owned()),
                Cell::Text(term.meaning.to_owned()),
            ]
        };
        self.all().into_iter().map(row).collect()
    }
}

fn setting(id: &str) -> String {
    format!("assume-{id}")
}
