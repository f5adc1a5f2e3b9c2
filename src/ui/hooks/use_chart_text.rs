//! Hands charts the one function that writes their numbers and times.

use leptos::prelude::*;

use crate::ui::store::Store;
use crate::ui::text::Texts;
use crate::units::Unit;
use crate::web::charts;

/// Sets it for as long as the page lives.
pub fn use_chart_text(store: Store) {
    charts::use_formatter(move |unit, value, context| {
        // A category axis of instants has them as text.
        let text = value.as_string();
        let number = value.as_f64().or_else(|| text.as_ref().filter(|_| unit == "time").and_then(|t| t.parse().ok()));
        let Some(value) = number else { return text.unwrap_or_default() };
        let texts = Texts::new(store.selection.with_untracked(|s| s.zone.clone()));
        if unit == "time" && context == "label" {
            return texts.moment(value, store.resolved.with_untracked(|r| r.range.width_ms()));
        }
        if unit == "time" {
            return texts.tick(value);
        }
        // Nothing is nothing in any unit: "0 s" on an axis of milliseconds would ask for a second look.
        if value == 0.0 && context.starts_with("axis") && !unit.starts_with("percent") {
            return "0".to_owned();
        }
        texts.value(value, &Unit::new(unit))
    });
}
