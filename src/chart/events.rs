//! Rollouts and incidents on a time axis: flags at instants, shades over spans, named where the names do not lie over each other.

use charming::element::ItemStyle;
use charming::series::{Custom, Line as LineSeries};
use serde_json::{Value, json};

use super::parts::{Sketch, tone};
use super::{SeriesHit, Theme};
use crate::view::{Event, Lines};

/// About the width of a letter of a name, in CSS pixels.
const LETTER_PX: f64 = 6.4;
/// How far a name stands from its flag's rule, in CSS pixels.
const FLAG_PX: f64 = 9.0;

/// Adds the events of a chart whose grid is `plot_px` wide.
pub(super) fn add(sketch: &mut Sketch, body: &Lines, theme: &Theme, plot_px: f64) {
    let is_named = named(body, plot_px);
    let with_names = || body.events.iter().zip(&is_named);
    let name = |event: &Event, is_named: bool| if is_named { event.title.clone() } else { String::new() };
    let instants: Vec<_> = with_names().filter(|(e, _)| e.to_ms.is_none()).collect();
    if !instants.is_empty() {
        let dataset = sketch.dataset(vec![("at", instants.iter().map(|(e, _)| e.from_ms).collect())]);
        let colour = instants.first().map_or(theme.muted.as_str(), |(e, _)| tone(e.tone, theme));
        let flags = Custom::new().item_style(ItemStyle::new().color(colour));
        let labels: Vec<String> = instants.iter().map(|(e, is_named)| name(e, **is_named)).collect();
        let patch = json!({
            "id": "flags", "renderItem": "fn:flag:", "datasetIndex": dataset, "silent": true, "z": 6, "labels": labels,
            "encode": { "x": "at" }, "label": { "fontFamily": theme.font, "fontSize": 11, "color": theme.muted },
        });
        sketch.series(flags, patch, SeriesHit::Decoration);
    }
    let span = |(event, is_named): (&Event, &bool)| {
        let end = event.to_ms?;
        let style = json!({ "color": tone(event.tone, theme), "opacity": 0.08 });
        Some(json!([{ "xAxis": event.from_ms, "name": name(event, *is_named), "itemStyle": style }, { "xAxis": end }]))
    };
    let spans: Vec<Value> = with_names().filter_map(span).collect();
    if !spans.is_empty() {
        let label = json!({ "show": true, "position": "insideTop", "fontSize": 11, "color": theme.muted, "fontFamily": theme.font });
        let patch = json!({ "id": "spans", "data": [], "markArea": { "silent": true, "label": label, "data": spans } });
        sketch.series(LineSeries::new(), patch, SeriesHit::Decoration);
    }
}

/// Which events are named: each whose name lies over that of no earlier one.
fn named(body: &Lines, plot_px: f64) -> Vec<bool> {
    let (Some(from), Some(to)) = (body.x.min, body.x.max) else { return vec![true; body.events.len()] };
    let px = |at_ms: f64| (at_ms.clamp(from, to) - from) / (to - from).max(1.0) * plot_px;
    let mut taken: Vec<(f64, f64)> = Vec::new();
    let mut is_free = |event: &Event| {
        let width = event.title.chars().count() as f64 * LETTER_PX;
        let at = px(event.from_ms);
        let place = match event.to_ms {
            Some(end) => {
                let middle = f64::midpoint(at, px(end));
                (middle - width / 2.0, middle + width / 2.0)
            }
            // On the side with room for it, as the bridge draws it.
            None if at + width + FLAG_PX <= plot_px || at < plot_px - at => (at, at + width + FLAG_PX),
            None => (at - width - FLAG_PX, at),
        };
        let is_free = taken.iter().all(|other| place.1 <= other.0 || place.0 >= other.1);
        if is_free {
            taken.push(place);
        }
        is_free
    };
    body.events.iter().map(&mut is_free).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{AxisSpec, Tone};

    fn check(events: &[(f64, Option<f64>)], expected: &[bool]) {
        let event = |&(from_ms, to_ms): &(f64, Option<f64>)| {
            let title = "ten chars.".to_owned();
            Event { from_ms, to_ms, title, tone: Tone::Neutral }
        };
        let x = AxisSpec { min: Some(0.0), max: Some(1_000.0), ..AxisSpec::default() };
        let body = Lines { x, events: events.iter().map(event).collect(), ..Lines::default() };
        assert_eq!(named(&body, 1_000.0), expected);
    }

    #[test]
    fn names_that_would_meet_are_left_to_the_first() {
        check(&[(0.0, None), (30.0, None), (200.0, None)], &[true, false, true]);
        check(&[(100.0, Some(200.0)), (150.0, None), (500.0, Some(510.0))], &[true, false, true]);
    }

    #[test]
    fn a_name_at_the_end_stands_on_the_left() {
        check(&[(900.0, None), (995.0, None)], &[true, false]);
        check(&[(800.0, None), (995.0, None)], &[true, true]);
    }
}
