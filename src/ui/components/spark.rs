//! A small trend line, drawn as SVG here, so that a page of numbers needs no chart library.

use std::fmt::Write as _;

use leptos::prelude::*;

const WIDTH: f64 = 100.0;
const HEIGHT: f64 = 24.0;
const MARGIN: f64 = 2.0;

/// A trend; `NaN` is a gap. Nothing is drawn for fewer than two finite points.
pub fn spark(points: &[(f64, f64)]) -> Option<impl IntoView + use<>> {
    let (path, end) = spark_path(points)?;
    Some(view! {
        <svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
            <path d=path />
            <path class="spark-end" d=end />
        </svg>
    })
}

/// The line's path and that of the dot at its newest point.
fn spark_path(points: &[(f64, f64)]) -> Option<(String, String)> {
    let finite = || points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
    if finite().count() < 2 {
        return None;
    }
    let bounds = |pick: fn(&(f64, f64)) -> f64| {
        finite().map(pick).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((x_low, x_high), (y_low, y_high)) = (bounds(|p| p.0), bounds(|p| p.1));
    let share = |v: f64, low: f64, high: f64| if high > low { (v - low) / (high - low) } else { 0.5 };
    let place = |&(x, y): &(f64, f64)| {
        let across = MARGIN + share(x, x_low, x_high) * (WIDTH - 2.0 * MARGIN);
        (across, HEIGHT - MARGIN - share(y, y_low, y_high) * (HEIGHT - 2.0 * MARGIN))
    };
    let mut path = String::new();
    let mut is_down = false;
    let mut end = (0.0, 0.0);
    for point in points {
        if !(point.0.is_finite() && point.1.is_finite()) {
            is_down = false;
            continue;
        }
        end = place(point);
        let stroke = if is_down { "L" } else { "M" };
        // Writing to a text cannot fail.
        let _ = write!(path, "{stroke}{:.1} {:.1}", end.0, end.1);
        is_down = true;
    }
    Some((path, format!("M{:.1} {:.1}h0", end.0, end.1)))
}
