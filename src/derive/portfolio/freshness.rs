//! How old what serves is: days since the version was made or its run last evaluated it, whichever is later.

use super::quality::Quality;
use crate::view::Tone;

const DAY_MS: f64 = 86_400_000.0;

/// When the version was made or evaluated last, milliseconds; `None` where neither is known.
pub(super) fn last_ms(quality: &Quality) -> Option<f64> {
    let created = quality.version.as_ref().map_or(f64::NAN, |version| version.created_ms);
    [created, quality.evaluated_ms].into_iter().filter(|at| at.is_finite()).reduce(f64::max)
}

/// Its age in days at `now_ms`; not below zero.
pub(super) fn days(quality: &Quality, now_ms: i64) -> Option<f64> {
    last_ms(quality).map(|at| ((now_ms as f64 - at) / DAY_MS).max(0.0))
}

/// The state in few words: fresh up to `fresh_days`, old beyond twice as many.
pub(super) fn state(days: Option<f64>, fresh_days: f64) -> (Tone, String) {
    let Some(days) = days else { return (Tone::Unknown, "age not known".to_owned()) };
    let whole = days.floor();
    let age = if whole == 1.0 { "1 day".to_owned() } else { format!("{whole} days") };
    if days <= fresh_days {
        (Tone::Good, age)
    } else if days <= 2.0 * fresh_days {
        (Tone::Warning, format!("{age}, ageing"))
    } else {
        (Tone::Bad, format!("{age}, old"))
    }
}
