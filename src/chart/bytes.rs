//! Round steps for an axis of binary bytes: the library's decimal ones would be labelled 9.77 GiB.

use crate::units::Unit;

/// Ends and step of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Steps {
    /// Lower end.
    pub(super) min: f64,
    /// Upper end.
    pub(super) max: f64,
    /// Distance of the ticks.
    pub(super) interval: f64,
}

/// At most this many steps fit between the ends.
const MAX_STEPS: f64 = 5.0;

/// Steps that hold `low` to `high`, both in `unit`; `None` for units that do not count in powers of 1024 and for no span.
pub(super) fn steps(unit: &Unit, low: f64, high: f64) -> Option<Steps> {
    let is_binary = matches!(unit.id(), "bytes" | "kbytes" | "mbytes" | "gbytes" | "binBps" | "bytes/sec");
    if !is_binary || !(high - low).is_finite() || high <= low {
        return None;
    }
    // Each of these units is a power of 1024 of another, so one row of steps serves them all.
    let powers = (-3..=6).map(|power| 1024_f64.powi(power));
    let mut all =
        powers.flat_map(|unit| [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0].map(|step| step * unit));
    let holds = |interval: &f64| (high / interval).ceil() - (low / interval).floor() <= MAX_STEPS;
    let interval = all.find(holds)?;
    Some(Steps { min: (low / interval).floor() * interval, max: (high / interval).ceil() * interval, interval })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: f64 = 1_073_741_824.0;

    #[test]
    fn gibibytes_step_by_tens() {
        let found = steps(&Unit::from("bytes"), 0.0, 38.2 * GIB);
        assert_eq!(found, Some(Steps { min: 0.0, max: 40.0 * GIB, interval: 10.0 * GIB }));
    }

    #[test]
    fn units_that_count_by_a_thousand_are_left_alone() {
        assert_eq!(steps(&Unit::from("decbytes"), 0.0, 10.0), None);
        assert_eq!(steps(&Unit::from("s"), 0.0, 10.0), None);
    }

    #[test]
    fn no_span_has_no_steps() {
        assert_eq!(steps(&Unit::from("bytes"), 5.0, 5.0), None);
        assert_eq!(steps(&Unit::from("bytes"), f64::NAN, 5.0), None);
    }
}
