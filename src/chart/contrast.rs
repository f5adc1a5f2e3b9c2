//! Colours of a ramp, and which of two inks can be read on them: the contrast ratio of WCAG 2.2.

/// Whether `ink` stands out more than `other` from the ramp's colour at `share`, 0 to 1.
///
/// Colours that are not `#rgb` or `#rrggbb` cannot be compared: then `ink` is preferred.
pub(super) fn prefers(ink: &str, other: &str, ramp: &[String], share: f64) -> bool {
    let found = ground(ramp, share).zip(rgb(ink)).zip(rgb(other));
    found.is_none_or(|((ground, ink), other)| ratio(ground, ink) >= ratio(ground, other))
}

/// The ramp's colour at a share, blended evenly between its stops.
fn ground(ramp: &[String], share: f64) -> Option<[f64; 3]> {
    let last = ramp.len().checked_sub(1)?;
    let place = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 } * last as f64;
    let below = (place.floor() as usize).min(last);
    let (from, to) = (rgb(ramp.get(below)?)?, rgb(ramp.get((below + 1).min(last))?)?);
    let part = place - below as f64;
    let [r, g, b] = from;
    let [r2, g2, b2] = to;
    Some([r + (r2 - r) * part, g + (g2 - g) * part, b + (b2 - b) * part])
}

/// The ramp's colour at a share as `#rrggbb`; its nearest stop where the stops cannot be blended, `None` for a ramp of none.
pub(super) fn blend(ramp: &[String], share: f64) -> Option<String> {
    if let Some(channels) = ground(ramp, share) {
        let [r, g, b] = channels.map(|channel| (channel * 255.0).round() as u8);
        return Some(format!("#{r:02x}{g:02x}{b:02x}"));
    }
    let last = ramp.len().checked_sub(1)?;
    ramp.get((share.clamp(0.0, 1.0) * last as f64).round() as usize).cloned()
}

/// Channels from 0 to 1.
fn rgb(colour: &str) -> Option<[f64; 3]> {
    let digits = colour.trim().strip_prefix('#')?;
    let channel = |at: usize, n: usize| {
        let value = u8::from_str_radix(digits.get(at * n..(at + 1) * n)?, 16).ok()?;
        Some(f64::from(value) / if n == 1 { 15.0 } else { 255.0 })
    };
    let n = match digits.len() {
        3 => 1,
        6 => 2,
        _ => return None,
    };
    Some([channel(0, n)?, channel(1, n)?, channel(2, n)?])
}

fn ratio(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Relative luminance as WCAG 2.2 defines it.
fn luminance(colour: [f64; 3]) -> f64 {
    let [r, g, b] = colour.map(|c| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dark_ink_is_for_light_cells_and_light_ink_for_dark_ones() {
        let ramp = ["#eef3fb".to_owned(), "#143f80".to_owned()];
        assert!(prefers("#111", "#fff", &ramp, 0.0));
        assert!(!prefers("#111", "#fff", &ramp, 1.0));
        assert!(!prefers("#ececec", "#1d1d20", &ramp, 0.0));
    }

    #[test]
    fn a_blend_meets_its_stops_and_needs_no_digits() {
        let ramp = ["#000".to_owned(), "#804020".to_owned()];
        let at = |share| blend(&ramp, share).unwrap();
        assert_eq!((at(0.0).as_str(), at(0.5).as_str(), at(9.0).as_str()), ("#000000", "#402010", "#804020"));
        assert_eq!(blend(&["red".to_owned(), "blue".to_owned()], 0.9).as_deref(), Some("blue"));
        assert_eq!(blend(&[], 0.5), None);
    }

    #[test]
    fn black_on_white_is_twenty_one_to_one() {
        assert!((ratio([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_compared_keeps_the_first_ink() {
        assert!(prefers("red", "#fff", &["#000".to_owned()], 0.5));
        assert!(prefers("#111", "#fff", &[], f64::NAN));
    }
}
