//! What stands below a map: the ramp with its ends, what is hatched and why, and what has no place on the map.

use super::{Mark, Paint, Ramp, Say, Shape, Words, absent, labels};
use crate::chart::World;
use crate::view::WorldMap;

const ROW_PX: f64 = 18.0;
const GAP_PX: f64 = 16.0;
const SWATCH_PX: f64 = 10.0;
const RAMP_PX: f64 = 96.0;
/// Typical width of a character, CSS pixels.
const CHARACTER_PX: f64 = 6.2;

/// Entries from left to right, in as many rows as they need.
struct Flow {
    x: f64,
    y: f64,
    width: f64,
    marks: Vec<Mark>,
}

impl Flow {
    /// Room for an entry: its left edge and base line.
    fn room(&mut self, need: f64) -> (f64, f64) {
        if self.x + need > self.width {
            self.end_row();
        }
        let at = (self.x, self.y);
        self.x += need + GAP_PX;
        at
    }

    fn end_row(&mut self) {
        if self.x > 0.0 {
            (self.x, self.y) = (0.0, self.y + ROW_PX);
        }
    }

    fn words(&mut self, x: f64, y: f64, text: String) {
        self.marks.push(Mark::Words(Words { x, y, text, is_name: false, is_strong: false }));
    }

    fn box_of(&mut self, (x, y): (f64, f64), width: f64, paint: Paint) {
        let path = format!("M{x:.1} {:.1}h{width}v{SWATCH_PX}h-{width}z", y - SWATCH_PX + 1.0);
        self.marks.push(Mark::Shape(Shape { path, paint, is_outline: false, part: None }));
    }

    fn swatch(&mut self, paint: Paint, text: String) {
        let at = self.room(SWATCH_PX + 5.0 + wide(&text));
        self.box_of(at, SWATCH_PX, paint);
        self.words(at.0 + SWATCH_PX + 5.0, at.1, text);
    }
}

fn wide(text: &str) -> f64 {
    text.chars().count() as f64 * CHARACTER_PX
}

/// As many parts are listed.
const MAX_LISTED: usize = 8;

/// The legend and the height of map and legend together. With `listed`, the paint of a part, it names the parts too.
pub(super) fn marks(
    body: &WorldMap,
    world: &World,
    (ramp, listed): (Option<&Ramp>, Option<&dyn Fn(usize) -> Paint>),
    (width, map_height): (f64, f64),
    say: Say<'_>,
) -> (Vec<Mark>, f64) {
    let mut flow = Flow { x: 0.0, y: map_height + ROW_PX, width, marks: Vec::new() };
    let absent: Vec<usize> = absent(body, world).collect();
    let here: Vec<usize> = (0..body.values.bars.len()).filter(|part| !absent.contains(part)).collect();
    if let Some(paint) = listed {
        for &part in here.iter().take(MAX_LISTED) {
            flow.swatch(paint(part), labels::lines(body, part, say).join(", "));
        }
        flow.end_row();
    }
    if let Some(ramp) = ramp {
        let said = |value: f64| say(value, &body.values.axis.unit);
        if ramp.high > ramp.low {
            let (low, high) = (said(ramp.low), said(ramp.high));
            let (x, y) = flow.room(wide(&low) + RAMP_PX + wide(&high) + 12.0);
            let from = x + wide(&low) + 6.0;
            flow.words(x, y, low);
            flow.box_of((from, y), RAMP_PX, Paint::Ramp);
            flow.words(from + RAMP_PX + 6.0, y, high);
        } else if let Some(colour) = ramp.colour(ramp.low) {
            flow.swatch(Paint::Colour(colour), said(ramp.low));
        }
    }
    let reasons = hatched(body, &absent);
    let is_said = listed.is_some() && here.len() <= MAX_LISTED;
    if !reasons.is_empty() && !is_said {
        flow.swatch(Paint::Hatch, reasons.join(", "));
    }
    if let Some(target) = &body.values.target {
        flow.swatch(Paint::Land, format!("in no {target} shown here"));
    }
    if !absent.is_empty() {
        let text = not_here(body, &absent, width, say);
        let (x, y) = flow.room(wide(&text));
        flow.words(x, y, text);
    }
    let height = flow.y + 6.0;
    (flow.marks, height)
}

/// Why parts on the map have no value, each reason once.
fn hatched(body: &WorldMap, absent: &[usize]) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for (part, bar) in body.values.bars.iter().enumerate() {
        if bar.value.is_finite() || absent.contains(&part) {
            continue;
        }
        let word = body.parts.get(part).map_or("", |part| part.word.as_str());
        let word = if word.is_empty() { "no value" } else { word };
        if !reasons.iter().any(|known| known == word) {
            reasons.push(word.to_owned());
        }
    }
    reasons
}

/// The parts without a place and their values, as many as one row takes.
fn not_here(body: &WorldMap, absent: &[usize], width: f64, say: Say<'_>) -> String {
    let mut text = "not on the map".to_owned();
    for (nth, bar) in absent.iter().filter_map(|part| body.values.bars.get(*part)).enumerate() {
        let value =
            if bar.value.is_finite() { format!(" {}", say(bar.value, &body.values.axis.unit)) } else { String::new() };
        let next = format!("{text}{} {}{value}", if nth == 0 { ":" } else { "," }, bar.title);
        if nth > 0 && wide(&next) + wide(" and 99 more") > width {
            return format!("{text} and {} more", absent.len() - nth);
        }
        text = next;
    }
    text
}
