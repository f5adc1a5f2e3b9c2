//! Numbers from text, fast.
//!
//! Exact: where the short way could round, the standard library's parser decides.

/// Powers of ten that an `f64` holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// A decimal number at the start of `text` and the bytes it took; `None` if there is none. No `NaN`, no infinity.
#[inline]
#[allow(clippy::cast_possible_wrap)] // no text has 2^31 digits
pub(super) fn leading_number(text: &[u8]) -> Option<(f64, usize)> {
    let is_negative = text.first() == Some(&b'-');
    let mut at = usize::from(is_negative);
    let (mut mantissa, mut n_digits, mut exponent) = (0_u64, 0_u32, 0_i32);
    let from = at;
    while let Some(digit) = digit_at(text, at) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
        at += 1;
    }
    n_digits += (at - from) as u32;
    if text.get(at) == Some(&b'.') {
        at += 1;
        let from = at;
        while let Some(digit) = digit_at(text, at) {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
            at += 1;
        }
        n_digits += (at - from) as u32;
        exponent -= (at - from) as i32;
    }
    if n_digits == 0 {
        return None;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        let (written, n) = leading_exponent(text.get(at + 1..)?)?;
        exponent = exponent.saturating_add(written);
        at += 1 + n;
    }
    // Both factors exact, so that one correctly rounded operation gives the nearest value (Clinger 1990).
    let power = EXACT_POWERS.get(exponent.unsigned_abs() as usize);
    let value = match power {
        Some(power) if n_digits <= 19 && mantissa <= 1 << 53 => {
            let value = if exponent < 0 { mantissa as f64 / power } else { mantissa as f64 * power };
            if is_negative { -value } else { value }
        }
        _ => std::str::from_utf8(text.get(..at)?).ok()?.parse().ok()?,
    };
    Some((value, at))
}

#[inline]
fn digit_at(text: &[u8], at: usize) -> Option<u64> {
    let digit = text.get(at)?.wrapping_sub(b'0');
    (digit < 10).then_some(u64::from(digit))
}

fn leading_exponent(text: &[u8]) -> Option<(i32, usize)> {
    let n_sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let (mut value, mut at) = (0_i32, n_sign);
    while let Some(digit) = digit_at(text, at) {
        value = value.saturating_mul(10).saturating_add(digit as i32);
        at += 1;
    }
    (at > n_sign).then_some((if text.first() == Some(&b'-') { -value } else { value }, at))
}

/// A sample's value as Prometheus writes it: a decimal, `NaN`, `+Inf` or `-Inf`. `None` for anything else.
pub(super) fn sample_value(text: &[u8]) -> Option<f64> {
    match text {
        b"NaN" => Some(f64::NAN),
        b"+Inf" | b"Inf" => Some(f64::INFINITY),
        b"-Inf" => Some(f64::NEG_INFINITY),
        _ => leading_number(text).filter(|(_, n)| *n == text.len()).map(|(value, _)| value),
    }
}

/// Seconds as written in an answer, as whole milliseconds.
#[inline]
pub(super) fn millis_from_seconds(seconds: f64) -> f64 {
    (seconds * 1_000.0).round()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: Option<f64>) {
        let found = sample_value(text.as_bytes());
        assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits), "{text} gave {found:?}");
    }

    #[test]
    fn what_prometheus_writes_is_read() {
        check("NaN", Some(f64::NAN));
        check("+Inf", Some(f64::INFINITY));
        check("-Inf", Some(f64::NEG_INFINITY));
        check("8.246e-01", Some(0.8246));
        check("-0", Some(-0.0));
        check("1e+06", Some(1e6));
        check("0.07128737602488845", Some(0.071_287_376_024_888_45));
        check("179769313486231570000000000000000000000", Some(1.797_693_134_862_315_7e38));
    }

    #[test]
    fn other_text_is_no_number() {
        for text in ["", "-", ".", "1e", "1x", "inf", "nan", "infinity", "0x1", "+1", " 1"] {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn every_number_survives(value in any::<f64>()) {
            prop_assume!(value.is_finite());
            for text in [format!("{value}"), format!("{value:e}")] {
                prop_assert_eq!(sample_value(text.as_bytes()).map(f64::to_bits), Some(value.to_bits()));
            }
        }

        #[test]
        fn agrees_with_the_standard_parser(text in "-?[0-9]{1,24}(\\.[0-9]{0,24})?(e[+-]?[0-9]{1,3})?") {
            let expected: f64 = text.parse().unwrap();
            prop_assert_eq!(sample_value(text.as_bytes()).map(f64::to_bits), Some(expected.to_bits()));
        }
    }
}
