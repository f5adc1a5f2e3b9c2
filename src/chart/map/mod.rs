//! Maps: values by region as colours of countries, in marks that the page draws as SVG and an export writes as text.
//!
//! No chart library: the outlines are paths already, and a handful of them. A value that is missing or hidden is hatched and never
//! coloured, land that belongs to no region is grey, and what has no place on the map is named below it.

mod labels;
mod legend;
mod svg;

use std::collections::BTreeMap;

use super::contrast::blend;
use super::parts::extent;
use super::{Theme, World};
use crate::units::Unit;
use crate::view::WorldMap;

/// How a value in a unit is written.
pub type Say<'a> = &'a dyn Fn(f64, &Unit) -> String;

/// A wider map shows no more.
const MAX_WIDTH_PX: f64 = 960.0;
/// On a narrower map names would hide the countries: they stand in the legend, each beside its colour.
const NARROW_PX: f64 = 320.0;
/// Half the width of a country that is a point, in CSS pixels.
const POINT_PX: f64 = 4.0;

/// A compiled map.
#[derive(Clone, Debug, PartialEq)]
pub struct MapDrawing {
    /// Width in CSS pixels.
    pub width_px: u32,
    /// Height.
    pub height_px: u32,
    /// CSS pixels of a unit of the outlines.
    pub scale: f64,
    /// The left edge of the outlines in CSS pixels.
    pub left: f64,
    /// What is drawn, from below to above.
    pub marks: Vec<Mark>,
    /// Colours of the ramp from its low to its high end.
    pub stops: Vec<String>,
    /// Colours and type beside the ramp.
    pub look: MapLook,
}

/// Colours and type of a map beside its ramp, CSS colours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapLook {
    /// What it stands on, and the borders of land without a value.
    pub surface: String,
    /// Land without a value.
    pub land: String,
    /// Lines of the hatch, and the borders of countries with a value.
    pub hatch: String,
    /// Names on the map.
    pub text: String,
    /// Words of the legend.
    pub muted: String,
    /// Font family.
    pub font: String,
}

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A filled path.
    Shape(Shape),
    /// Words.
    Words(Words),
}

/// A filled path.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// An SVG path.
    pub path: String,
    /// How it is filled.
    pub paint: Paint,
    /// Whether the path is in units of the outlines, else in CSS pixels.
    pub is_outline: bool,
    /// The part of the map that it is of, for the pointer.
    pub part: Option<usize>,
}

/// How a shape is filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paint {
    /// As land without a value.
    Land,
    /// In a CSS colour.
    Colour(String),
    /// Hatched: the value is missing or hidden.
    Hatch,
    /// With the ramp, from left to right.
    Ramp,
}

/// Words at a place in CSS pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// Across: the middle of a name on the map, the start of words of the legend.
    pub x: f64,
    /// Down, to the base line.
    pub y: f64,
    /// The words, hostile.
    pub text: String,
    /// Whether it names a part on the map, else it is of the legend.
    pub is_name: bool,
    /// Whether it is the first line of a name.
    pub is_strong: bool,
}

/// The ends of a ramp and its colours.
struct Ramp {
    low: f64,
    high: f64,
    stops: Vec<String>,
}

impl Ramp {
    /// From the axis' lower end, or else the smallest value, to the largest; for differences as far below zero as above.
    /// `None` without a value. A fixed end keeps small differences from looking large.
    ///
    /// The lightest step of the sequential ramp is left out: on a map it would look like land without a value.
    fn of(body: &WorldMap, theme: &Theme) -> Option<Self> {
        let (low, high) = extent(body.values.bars.iter().map(|bar| bar.value))?;
        if body.diverging {
            let reach = low.abs().max(high.abs());
            return Some(Self { low: -reach, high: reach, stops: theme.diverging.clone() });
        }
        let low = body.values.axis.min.map_or(low, |min| min.min(low));
        let stops = if theme.sequential.len() > 2 { theme.sequential.get(1..) } else { theme.sequential.get(..) };
        Some(Self { low, high, stops: stops.unwrap_or_default().to_vec() })
    }

    /// The colour of a value; `None` where it is missing. A single value has the middle of the ramp.
    fn colour(&self, value: f64) -> Option<String> {
        let share = if self.high > self.low { (value - self.low) / (self.high - self.low) } else { 0.5 };
        value.is_finite().then(|| blend(&self.stops, share)).flatten()
    }
}

/// Which part each country belongs to: the first that names it.
fn owners(body: &WorldMap) -> BTreeMap<&str, usize> {
    let mut owners = BTreeMap::new();
    for (part, codes) in body.parts.iter().enumerate().take(body.values.bars.len()) {
        for code in &codes.places {
            owners.entry(code.as_str()).or_insert(part);
        }
    }
    owners
}

/// Compiles a map that is `width_px` wide.
pub fn compile(body: &WorldMap, theme: &Theme, world: &World, width_px: u32, say: Say<'_>) -> MapDrawing {
    let width = f64::from(width_px);
    let map_width = width.min(MAX_WIDTH_PX);
    let scale = map_width / world.width;
    let left = (width - map_width) / 2.0;
    let map_height = world.height * scale;
    let mixed = |share: f64| {
        let between = [theme.surface.clone(), theme.text.clone()];
        blend(&between, share).unwrap_or_else(|| theme.muted.clone())
    };
    let look = MapLook {
        surface: theme.surface.clone(),
        land: mixed(0.1),
        hatch: mixed(0.45),
        text: theme.text.clone(),
        muted: theme.muted.clone(),
        font: theme.font.clone(),
    };
    let ramp = Ramp::of(body, theme);
    let owners = owners(body);
    let n_parts = body.values.bars.len();
    let mut outlines = vec![String::new(); n_parts];
    let mut points = vec![String::new(); n_parts];
    let mut land = world.land.clone();
    for (code, country) in &world.countries {
        let own = owners.get(code.as_str()).copied();
        let place = if country.2.is_empty() { own.and_then(|part| points.get_mut(part)) } else { None };
        if let Some(points) = place {
            points.push_str(&point(left + country.0 * scale, country.1 * scale));
        } else {
            own.and_then(|part| outlines.get_mut(part)).unwrap_or(&mut land).push_str(&country.2);
        }
    }
    let shape = |path, paint, is_outline, part| Mark::Shape(Shape { path, paint, is_outline, part });
    let mut marks = vec![shape(land, Paint::Land, true, None)];
    let paint = |part: usize| {
        let value = body.values.bars.get(part).map_or(f64::NAN, |bar| bar.value);
        ramp.as_ref().and_then(|ramp| ramp.colour(value)).map_or(Paint::Hatch, Paint::Colour)
    };
    for (part, (outline, points)) in outlines.into_iter().zip(points).enumerate() {
        for (path, is_outline) in [(outline, true), (points, false)] {
            if !path.is_empty() {
                marks.push(shape(path, paint(part), is_outline, Some(part)));
            }
        }
    }
    let is_narrow = map_width < NARROW_PX;
    if theme.has_names && !is_narrow {
        let anchors = labels::anchors(body, world, &owners).map(|(part, (x, y))| (part, (left + x * scale, y * scale)));
        marks.extend(labels::place(body, anchors, (width, map_height), say));
    }
    let listed = (theme.has_names && is_narrow).then_some(&paint as &dyn Fn(usize) -> Paint);
    let (legend, height) = legend::marks(body, world, (ramp.as_ref(), listed), (width, map_height), say);
    marks.extend(legend);
    let stops = ramp.map(|ramp| ramp.stops).unwrap_or_default();
    MapDrawing { width_px, height_px: height.ceil() as u32, scale, left, marks, stops, look }
}

/// A circle around a place in CSS pixels.
fn point(x: f64, y: f64) -> String {
    let r = POINT_PX;
    format!("M{:.1} {y:.1}a{r} {r} 0 1 0 {} 0a{r} {r} 0 1 0 -{} 0z", x - r, 2.0 * r, 2.0 * r)
}

/// Parts none of whose countries has a place.
fn absent<'a>(body: &'a WorldMap, world: &'a World) -> impl Iterator<Item = usize> + 'a {
    let is_absent = |part: &usize| {
        body.parts.get(*part).is_none_or(|p| p.places.iter().all(|code| !world.countries.contains_key(code)))
    };
    (0..body.values.bars.len()).filter(is_absent)
}

#[cfg(test)]
mod tests;
