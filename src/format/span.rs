//! Spans of time in words: durations and ages.

const UNITS: [(i64, &str); 5] =
    [(31_536_000_000, "y"), (86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")];

/// A duration in milliseconds with its two largest units: "2 h 5 min". Below a second: "340 ms". A missing one is "–".
pub fn duration(millis: f64) -> String {
    if !millis.is_finite() {
        return if millis.is_nan() {
            "–"
        } else if millis > 0.0 {
            "∞"
        } else {
            "−∞"
        }
        .to_owned();
    }
    let sign = if millis < 0.0 { "−" } else { "" };
    let total = millis.abs().round().min(9e15) as i64;
    if total < 1_000 {
        return format!("{}{total} ms", if total == 0 { "" } else { sign });
    }
    let largest = UNITS.iter().position(|(unit, _)| total >= *unit).unwrap_or(UNITS.len() - 1);
    let mut pair = UNITS.iter().skip(largest);
    let (Some(&(first, name)), second) = (pair.next(), pair.next()) else {
        return format!("{sign}{total} ms");
    };
    let rest = total % first;
    match second {
        Some(&(unit, small)) if rest >= unit => format!("{sign}{} {name} {} {small}", total / first, rest / unit),
        _ => format!("{sign}{} {name}", total / first),
    }
}

/// How long ago an instant was: "just now", "3 min ago", "in 2 h". Both in milliseconds.
pub fn age(at_ms: i64, now_ms: i64) -> String {
    let ago = now_ms.saturating_sub(at_ms);
    let apart = ago.saturating_abs();
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| apart >= *unit) else {
        return "just now".to_owned();
    };
    let count = apart / unit;
    if ago < 0 { format!("in {count} {name}") } else { format!("{count} {name} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units() {
        for (millis, expected) in [
            (0.0, "0 ms"),
            (340.4, "340 ms"),
            (1_000.0, "1 s"),
            (61_000.0, "1 min 1 s"),
            (7_500_000.0, "2 h 5 min"),
            (90_000_000.0, "1 d 1 h"),
            (86_400_000.0, "1 d"),
            (-61_000.0, "−1 min 1 s"),
            (f64::NAN, "–"),
            (f64::INFINITY, "∞"),
        ] {
            assert_eq!(duration(millis), expected);
        }
    }

    #[test]
    fn ages_have_one_unit() {
        for (ago, expected) in [
            (0, "just now"),
            (999, "just now"),
            (5_000, "5 s ago"),
            (200_000, "3 min ago"),
            (-7_300_000, "in 2 h"),
            (172_800_000, "2 d ago"),
        ] {
            assert_eq!(age(1_000_000_000_000 - ago, 1_000_000_000_000), expected);
        }
        assert!(age(i64::MIN, i64::MAX).ends_with("y ago"));
    }
}
