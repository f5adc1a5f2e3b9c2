//! What stands on the screen, case by case.

use proptest::prelude::*;

use super::*;
use crate::format::PlainFormatter;

fn shown(text: &Text) -> String {
    text.to_string().replace('\u{2009}', " ")
}

#[track_caller]
fn check(value: f64, unit: &str, expected: &str) {
    let text = format_value(value, &Unit::new(unit), Precision::default(), &PlainFormatter::utc());
    assert_eq!(shown(&text), expected, "{value} {unit}");
}

#[test]
fn missing_and_infinite_values_are_not_numbers() {
    for unit in ["none", "s", "percentunit", "currencyUSD", "dateTimeAsIso", "dtdurations"] {
        check(f64::NAN, unit, "–");
        check(f64::INFINITY, unit, "∞");
        check(f64::NEG_INFINITY, unit, "−∞");
    }
}

#[test]
fn plain_numbers() {
    for (value, expected) in [
        (0.0, "0"),
        (-0.0, "0"),
        (1_204.0, "1,204"),
        (0.123_456, "0.123"),
        (12.345, "12.3"),
        (1_234.56, "1,235"),
        (-3.25, "−3.25"),
        (0.001_234, "0.00123"),
        (1e-12, "1.00e−12"),
        (1e21, "1.00e21"),
        (100.0, "100"),
    ] {
        check(value, "none", expected);
    }
    check(1_234_567.0, "short", "1.23 Mil");
    check(999.0, "short", "999");
    check(5.0, "widgets", "5 widgets");
}

#[test]
fn percentages_of_both_kinds() {
    check(12.0, "percent", "12 %");
    check(0.12, "percentunit", "12 %");
    check(0.999_4, "percentunit", "99.9 %");
    check(1.5, "percentunit", "150 %");
}

#[test]
fn times_scale_both_ways() {
    for (value, unit, expected) in [
        (0.25, "s", "250 ms"),
        (1.5, "s", "1.5 s"),
        (90.0, "s", "1.5 min"),
        (7_200.0, "s", "2 h"),
        (0.000_25, "s", "250 µs"),
        (2e-9, "s", "2 ns"),
        (250.0, "ms", "250 ms"),
        (1_500.0, "ms", "1.5 s"),
        (3.0, "µs", "3 µs"),
        (0.0, "s", "0 s"),
        (0.999_96, "s", "1 s"),
        (59.99, "s", "1 min"),
        (2.0, "d", "2 d"),
        (-0.25, "s", "−250 ms"),
        (1e-12, "s", "0.001 ns"),
    ] {
        check(value, unit, expected);
    }
}

#[test]
fn bytes_and_bits() {
    for (value, unit, expected) in [
        (1_536.0, "bytes", "1.5 KiB"),
        (1_023.0, "bytes", "1,023 B"),
        (1e9, "decbytes", "1 GB"),
        (16.0, "mbytes", "16 MiB"),
        (16_384.0, "mbytes", "16 GiB"),
        (1.25e6, "Bps", "1.25 MB/s"),
        (1_536.0, "binBps", "1.5 KiB/s"),
        (2e3, "bps", "2 kb/s"),
        (0.0, "bytes", "0 B"),
        (3.0, "gbytes", "3 GiB"),
        (1_023.7, "mbytes", "1 GiB"),
    ] {
        check(value, unit, expected);
    }
}

#[test]
fn rates_currencies_and_custom_units() {
    for (value, unit, expected) in [
        (84.2, "reqps", "84.2 req/s"),
        (12_345.0, "reqps", "12.3 K req/s"),
        (1_234.0, "currencyUSD", "$1.23 K"),
        (-50.0, "currencyEUR", "−€50"),
        (50.0, "currencySEK", "50 SEK"),
        (1.5, "suffix:cores", "1.5 cores"),
        (3.0, "prefix:#", "#3"),
        (0.002, "si:F", "2 mF"),
        (1_500.0, "si:mF", "1.5 F"),
        (2e6, "hertz", "2 MHz"),
        (255.0, "hex", "ff"),
        (1_234.0, "sci", "1.234e3"),
        (21.5, "celsius", "21.5 °C"),
        (1_500.0, "count:users", "1.5 K users"),
        (3.0, "requests/sec", "3 req/s"),
        (0.5, "percent-decimal", "50 %"),
    ] {
        check(value, unit, expected);
    }
}

#[test]
fn dates_and_durations() {
    check(1_774_746_000_000.0, "dateTimeAsIso", "2026-03-29 01:00:00");
    check(1_774_746_000_000.0, "time:YYYY-MM-DD", "2026-03-29");
    check(7_500.0, "dtdurations", "2 h 5 min");
    check(7_500.0, "dtdurationms", "7 s");
    check(3_723.0, "dthms", "01:02:03");
    check(176_523.0, "dtdhms", "2 d 01:02:03");
}

#[test]
fn decimals_are_kept_when_asked_for() {
    let text = format_value(0.5, &Unit::new("s"), Precision::Decimals(2), &PlainFormatter::utc());
    assert_eq!(shown(&text), "500.00 ms");
    let text = format_value(-0.004, &Unit::default(), Precision::Decimals(2), &PlainFormatter::utc());
    assert_eq!(shown(&text), "0.00");
}

#[test]
fn an_axis_has_one_scale() {
    let labels = |low: f64, high: f64, step: f64, unit: &str| {
        let axis = format_axis(low, high, step, &Unit::new(unit));
        let n = ((high - low) / step).round() as i32;
        (0..=n).map(|i| shown(&axis.text(low + f64::from(i) * step, &PlainFormatter::utc()))).collect::<Vec<_>>()
    };
    assert_eq!(labels(0.0, 1.5, 0.5, "s"), ["0.0 s", "0.5 s", "1.0 s", "1.5 s"]);
    assert_eq!(labels(0.0, 0.3, 0.1, "s"), ["0 ms", "100 ms", "200 ms", "300 ms"]);
    assert_eq!(labels(0.98, 1.0, 0.005, "percentunit"), ["98.0 %", "98.5 %", "99.0 %", "99.5 %", "100.0 %"]);
    assert_eq!(labels(0.0, 2e6, 1e6, "short"), ["0 Mil", "1 Mil", "2 Mil"]);
    assert_eq!(labels(-1.0, 1.0, 1.0, "none"), ["−1", "0", "1"]);
    assert_eq!(format_axis(0.0, 2_048.0, 1_024.0, &Unit::new("bytes")).suffix(), "KiB");
}

#[test]
fn changes_carry_their_sign() {
    let delta = |value: f64, unit: &str| {
        shown(&format_delta(value, &Unit::new(unit), Precision::default(), &PlainFormatter::utc()))
    };
    assert_eq!(delta(0.012, "percentunit"), "+1.2 pp");
    assert_eq!(delta(-1.2, "percent"), "−1.2 pp");
    assert_eq!(delta(0.012, "s"), "+12 ms");
    assert_eq!(delta(0.0, "s"), "0 s");
    assert_eq!(delta(f64::NAN, "percent"), "–");
    assert_eq!(delta(f64::INFINITY, "s"), "+∞");
    assert_eq!(delta(-5.0, "currencyUSD"), "−$5");
    let relative = |a: f64, b: f64| shown(&format_relative_delta(a, b, &PlainFormatter::utc()));
    assert_eq!(relative(12.0, 100.0), "+12 %");
    assert_eq!(relative(-0.5, 100.0), "−0.5 %");
    assert_eq!(relative(5.0, -10.0), "+50 %");
    assert_eq!(relative(5.0, 0.0), "–");
    assert_eq!(relative(0.0, 5.0), "0 %");
}

proptest! {
    #[test]
    fn any_value_has_a_text_in_any_unit(value in any::<f64>(), unit in "(none|short|s|ms|bytes|mbytes|reqps|percentunit|currencyUSD|si:mF|hex|sci|dthms|dtdurations|dateTimeAsIso|prefix:x|\\PC{0,5})", digits in 0..20_u8) {
        let plain = PlainFormatter::utc();
        let text = format_value(value, &Unit::new(unit.clone()), Precision::Significant(digits), &plain);
        prop_assert!(!text.number.is_empty());
        let _ = format_delta(value, &Unit::new(unit.clone()), Precision::Decimals(digits), &plain);
        let _ = format_axis(value, 1.0, value, &Unit::new(unit)).text(value, &plain);
    }

    #[test]
    fn the_shown_number_times_its_scale_is_the_value(value in 1e-8..1e14_f64, unit in "(none|short|s|ms|bytes|mbytes|decbytes|reqps|percentunit|hertz)") {
        let unit = Unit::new(unit);
        let text = format_value(value, &unit, Precision::Significant(6), &PlainFormatter::utc());
        let number: f64 = text.number.replace(',', "").parse().unwrap();
        let scale = scale_of(&Ladder::of(&unit), value, Precision::Significant(6));
        prop_assert_eq!(&scale.suffix, &text.suffix);
        prop_assert!((number * scale.factor - value).abs() <= value * 1e-5, "{} as {}", value, text);
    }
}

#[test]
fn the_decimals_of_a_value_are_those_that_are_written() {
    let shown = |value: f64, unit: &str| decimals_shown(value, &Unit::from(unit), &PlainFormatter::utc());
    assert_eq!(shown(0.013, "none"), Some((3, String::new())));
    assert_eq!(shown(0.015_12, "none"), Some((4, String::new())));
    assert_eq!(shown(0.92, "percentunit"), Some((0, "%".to_owned())));
    assert_eq!(shown(0.947_6, "percentunit"), Some((1, "%".to_owned())));
    assert_eq!(shown(1.5, "s"), Some((1, "s".to_owned())));
    assert_eq!(shown(0.0, "none"), Some((0, String::new())));
    assert_eq!(shown(f64::NAN, "none"), None);
    assert_eq!(shown(1e12, "dateTimeAsIso"), None);
}
