//! Names and values on a map, where there is room for them.

use std::collections::BTreeMap;

use super::{Mark, Say, Words};
use crate::chart::World;
use crate::view::WorldMap;

/// More names than this would cover the map: the tooltip and the table have them all.
const MAX_NAMES: usize = 12;
/// Typical width of a character, CSS pixels; names are set in 11 px.
const CHARACTER_PX: f64 = 6.3;
const LINE_PX: f64 = 13.0;

/// Where each part is named, in units of the outlines: at the first of its countries that has a place.
pub(super) fn anchors<'a>(
    body: &'a WorldMap,
    world: &'a World,
    owners: &'a BTreeMap<&str, usize>,
) -> impl Iterator<Item = (usize, (f64, f64))> + 'a {
    let anchor = move |(part, codes): (usize, &crate::view::MapPart)| {
        let mut own = codes.places.iter().filter(move |code| owners.get(code.as_str()) == Some(&part));
        let country = own.find_map(|code| world.countries.get(code))?;
        Some((part, (country.0, country.1)))
    };
    body.parts.iter().enumerate().filter_map(anchor)
}

/// What is taken by a name: left, top, right, bottom.
#[derive(Clone, Copy)]
struct Taken([f64; 4]);

impl Taken {
    fn meets(self, other: Self) -> bool {
        let (Self([left, top, right, bottom]), Self([left2, top2, right2, bottom2])) = (self, other);
        left < right2 && left2 < right && top < bottom2 && top2 < bottom
    }
}

/// The names, in the order of the parts: one that would cover another stands above or below its place, or is left out.
pub(super) fn place(
    body: &WorldMap,
    anchors: impl Iterator<Item = (usize, (f64, f64))>,
    (width, height): (f64, f64),
    say: Say<'_>,
) -> Vec<Mark> {
    let mut taken: Vec<Taken> = Vec::new();
    let mut marks = Vec::new();
    for (part, (x, y)) in anchors.take(MAX_NAMES) {
        let lines = lines(body, part, say);
        let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0) as f64;
        let half = longest * CHARACTER_PX / 2.0;
        let tall = LINE_PX * lines.len() as f64;
        let x = x.clamp(half.min(width / 2.0), (width - half).max(width / 2.0));
        let at = |top: f64| Taken([x - half, top, x + half, top + tall]);
        let middle = (y - tall / 2.0).clamp(0.0, (height - tall).max(0.0));
        let tops = [middle, middle - tall, middle + tall];
        let is_free =
            |top: &f64| *top >= 0.0 && top + tall <= height && !taken.iter().any(|other| at(*top).meets(*other));
        let Some(top) = tops.into_iter().find(is_free) else { continue };
        taken.push(at(top));
        for (nth, text) in lines.into_iter().enumerate() {
            let y = top + LINE_PX * (nth as f64 + 1.0) - 3.0;
            marks.push(Mark::Words(Words { x, y, text, is_name: true, is_strong: nth == 0 }));
        }
    }
    marks
}

/// The part's name with its value, and the word about it.
pub(super) fn lines(body: &WorldMap, part: usize, say: Say<'_>) -> Vec<String> {
    let Some(bar) = body.values.bars.get(part) else { return Vec::new() };
    let named = if bar.value.is_finite() {
        format!("{} {}", bar.title, say(bar.value, &body.values.axis.unit))
    } else {
        bar.title.clone()
    };
    let word = body.parts.get(part).map(|part| part.word.clone()).filter(|word| !word.is_empty());
    std::iter::once(named).chain(word).collect()
}
