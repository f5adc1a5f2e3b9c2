//! Values by region on a map of the world: bars that are laid over countries.

use serde::{Deserialize, Serialize};

use super::Bars;

/// Values by region as colours of countries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WorldMap {
    /// The values, their intervals and what a click filters by, as bars would show them; `NaN` is hatched.
    pub values: Bars,
    /// Where each bar lies, as long as the bars.
    pub parts: Vec<MapPart>,
    /// Whether colours run both ways from zero (differences).
    pub diverging: bool,
}

/// Where one value lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapPart {
    /// Its countries, two letters of ISO 3166-1; it is named at the first. Empty for a value that is not on the map.
    pub places: Vec<String>,
    /// A word about the value, such as why there is none; empty for nothing to say.
    pub word: String,
}
