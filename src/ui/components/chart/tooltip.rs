//! The tooltip: text nodes only, beside the point and never over it.

use leptos::prelude::*;

use super::Tip;
use crate::chart::Theme;
use crate::ui::text::Texts;
use crate::view::{Heading, HoverRow};

/// Distance from the point in pixels.
const OFFSET_PX: f64 = 14.0;

/// A tooltip beside a place; without one (the keyboard's cursor) at the chart's top right corner.
pub(super) fn tooltip(tip: &Tip, place: Option<(f64, f64)>, width_px: u32, texts: &Texts, theme: &Theme) -> impl IntoView + use<> {
    let (px, py) = place.unwrap_or((f64::from(width_px), 0.0));
    let is_left = px > f64::from(width_px) / 2.0;
    let rows: Vec<_> = tip.rows.iter().map(|row| tip_row(row, texts, theme)).collect();
    let heading = heading(&tip.heading, texts);
    let more = (tip.n_more > 0).then(|| view! { <p class="tip-more">{format!("{} more", tip.n_more)}</p> });
    let from_left = (!is_left).then(|| format!("{:.0}px", px + OFFSET_PX));
    let from_right = is_left.then(|| format!("{:.0}px", f64::from(width_px) - px + OFFSET_PX));
    view! {
        <div
            class="tip"
            aria-hidden="true"
            style:left=from_left.unwrap_or_else(|| "auto".to_owned())
            style:right=from_right.unwrap_or_else(|| "auto".to_owned())
            style:top=format!("{:.0}px", (py - 12.0).max(0.0))
        >
            {(!heading.is_empty()).then(|| view! { <p class="tip-heading">{heading.clone()}</p> })}
            <table class="tip-rows">
                <tbody>{rows}</tbody>
            </table>
            {more}
        </div>
    }
}

fn heading(heading: &Heading, texts: &Texts) -> String {
    match heading {
        Heading::None => String::new(),
        Heading::Text(text) => text.clone(),
        Heading::Time(at_ms) => texts.instant(*at_ms),
        Heading::Position(x, unit) => texts.value(*x, unit),
    }
}

fn tip_row(row: &HoverRow, texts: &Texts, theme: &Theme) -> impl IntoView + use<> {
    let colour = theme.hue(&row.entity).to_owned();
    let value = texts.value(row.value, &row.unit);
    let range = row.range.filter(|(low, high)| low < high);
    let range = range.map(|(low, high)| format!("{} to {}", texts.value(low, &row.unit), texts.value(high, &row.unit)));
    view! {
        <tr class:tip-focus=row.is_focus>
            <th scope="row">
                <span class="tip-key" style:background-color=colour></span>
                {row.title.clone()}
            </th>
            <td class="tip-value">{value}</td>
            <td class="tip-range">{range}</td>
        </tr>
    }
}

/// The tooltip as a sentence, for screen readers.
pub(super) fn spoken(tip: &Tip, texts: &Texts) -> String {
    let row = |row: &HoverRow| format!("{} {}", row.title, texts.value(row.value, &row.unit));
    let rows: Vec<String> = tip.rows.iter().take(5).map(row).collect();
    format!("{}: {}", heading(&tip.heading, texts), rows.join(", "))
}
