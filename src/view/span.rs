//! The part of a number axis that a panel is zoomed to, as its setting `zoom` writes it: `from..to`.

use super::Lines;

/// Writes a zoom to the span between two positions, whichever comes first, rounded to a thousandth of its width.
///
/// `None` where the ends are not finite or fall together.
///
/// ```
/// use sightline::view::zoom_text;
/// assert_eq!(zoom_text(412.348_1, 98.2).as_deref(), Some("98.2..412.3"));
/// assert_eq!(zoom_text(5.0, 5.0), None);
/// ```
pub fn zoom_text(a: f64, b: f64) -> Option<String> {
    let width = (a - b).abs();
    if !(width.is_finite() && width > 0.0) {
        return None;
    }
    let decimals = (3.0 - width.log10().floor()).clamp(0.0, 12.0) as i32;
    let unit = 10_f64.powi(decimals);
    let rounded = |v: f64| (v * unit).round() / unit;
    let (from, to) = (rounded(a.min(b)), rounded(a.max(b)));
    (from < to).then(|| format!("{from}..{to}"))
}

/// What the x axis of `lines` shows now: its fixed ends, else the data's; `None` without a point.
pub fn shown_span(lines: &Lines) -> Option<(f64, f64)> {
    let first = lines.lines.iter().filter_map(|l| l.x.first().copied()).reduce(f64::min);
    let last = lines.lines.iter().filter_map(|l| l.x.last().copied()).reduce(f64::max);
    lines.x.min.or(first).zip(lines.x.max.or(last))
}

/// The span of half the width around `at`, moved so that it stays within `span`.
pub fn half_around(span: (f64, f64), at: f64) -> (f64, f64) {
    let width = (span.1 - span.0) / 2.0;
    let from = (at - width / 2.0).clamp(span.0, span.1 - width);
    (from, from + width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zoom_is_written_as_finely_as_its_width_asks() {
        for (a, b, expected) in [
            (12_345.678, 99_999.4, Some("12346..99999")),
            (0.012_345_6, 0.023_456_7, Some("0.01235..0.02346")),
            (-3.0, 3.0, Some("-3..3")),
            (f64::NAN, 1.0, None),
            (1.0, f64::INFINITY, None),
        ] {
            assert_eq!(zoom_text(a, b).as_deref(), expected, "{a} {b}");
        }
    }

    #[test]
    fn half_a_span_stays_within_it() {
        assert_eq!(half_around((0.0, 100.0), 50.0), (25.0, 75.0));
        assert_eq!(half_around((0.0, 100.0), 3.0), (0.0, 50.0));
        assert_eq!(half_around((0.0, 100.0), 99.0), (50.0, 100.0));
    }
}
