//! The outlines of the world's countries, as `scripts/lib/world.mjs` makes them at build time.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Countries as SVG paths in a picture of that size.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct World {
    /// Width of the picture in its own units.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Outline of land that belongs to no country of the list.
    pub land: String,
    /// Countries by two letters of ISO 3166-1.
    pub countries: BTreeMap<String, Country>,
}

/// Where a country is named, across and down, and its outline; empty for one that is too small, which is a point there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Country(pub f64, pub f64, pub String);

impl World {
    /// Reads the file; `None` for one that is damaged: no JSON, no size, or paths of other than moves and lines.
    pub fn parse(text: &str) -> Option<Self> {
        let world: Self = serde_json::from_str(text).ok()?;
        let is_path = |path: &str| path.bytes().all(|b| matches!(b, b'M' | b'l' | b'z' | b' ' | b'-' | b'0'..=b'9'));
        let is_sound = world.width > 0.0
            && world.height > 0.0
            && !world.countries.is_empty()
            && is_path(&world.land)
            && world.countries.values().all(|country| is_path(&country.2));
        is_sound.then_some(world)
    }
}

#[cfg(test)]
impl World {
    /// Three countries side by side and a point, for tests.
    pub(crate) fn sample() -> Self {
        let text = r#"{"width": 200, "height": 100, "land": "M0 0l1 0 0 1z", "countries": {
            "US": [20, 40, "M0 20l40 0 0 40-40 0z"], "DE": [100, 30, "M90 20l20 0 0 20-20 0z"],
            "IN": [150, 60, "M140 50l20 0 0 20-20 0z"], "SG": [170, 80, ""] }}"#;
        Self::parse(text).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_file_is_read_and_a_damaged_one_is_refused() {
        assert_eq!(World::sample().countries.len(), 4);
        for damaged in [
            "",
            "[]",
            r#"{"width": 0, "height": 1, "land": "", "countries": {"DE": [1, 1, ""]}}"#,
            r#"{"width": 1, "height": 1, "land": "", "countries": {}}"#,
            r#"{"width": 1, "height": 1, "land": "", "countries": {"DE": [1, 1, "url(#x)"]}}"#,
        ] {
            assert_eq!(World::parse(damaged), None, "{damaged}");
        }
    }
}
