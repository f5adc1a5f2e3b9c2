//! One cell.

use leptos::prelude::*;

use crate::ui::components::number::{Handle, missing, number_as, number_in};
use crate::ui::components::spark::spark;
use crate::ui::components::status::status;
use crate::ui::text::Texts;
use crate::units::Unit;
use crate::view::Cell;

/// A cell as shown, its numbers with their handles and as many decimals as their column has in common.
pub(super) fn cell(
    cell: &Cell,
    handle: &Handle,
    part: &'static str,
    unit: &Unit,
    texts: &Texts,
    decimals: Option<u8>,
) -> AnyView {
    let number = |value: f64| {
        let text = decimals.map_or_else(|| texts.parts(value, unit), |decimals| texts.parts_to(value, unit, decimals));
        number_in(handle, part, value, unit, text)
    };
    match cell {
        Cell::Text(text) => view! { <div class="cell-text">{text.clone()}</div> }.into_any(),
        Cell::Number(value) | Cell::Share(_, value) => number(*value),
        Cell::Interval(value, low, high) => {
            // The suffix stands behind the value; it is repeated only where an end has another.
            let of_value = texts.parts(*value, unit).suffix;
            let is_shared = [*low, *high].iter().all(|end| texts.parts(*end, unit).suffix == of_value);
            let text = |end: f64| if is_shared { texts.parts(end, unit).number } else { texts.value(end, unit) };
            let (low_text, high_text) = (text(*low), text(*high));
            view! {
                {number(*value)}
                <span class="faint interval">
                    " " {number_as(handle, "low", *low, low_text)} "–" {number_as(handle, "high", *high, high_text)}
                </span>
            }
            .into_any()
        }
        Cell::Time(at_ms) if at_ms.is_finite() => view! { <time>{texts.date_or_instant(*at_ms)}</time> }.into_any(),
        Cell::Missing | Cell::Time(_) => missing().into_any(),
        Cell::Status(tone, word) => status(*tone, word.clone()).into_any(),
        Cell::Spark(values) => {
            let points: Vec<(f64, f64)> = values.iter().enumerate().map(|(i, v)| (i as f64, *v)).collect();
            spark(&points).into_any()
        }
        Cell::Series(labels) if labels.is_empty() => ().into_any(),
        Cell::Series(labels) => view! { <span class="mono">{labels.to_string()}</span> }.into_any(),
    }
}

/// The cell's whole text where it may be cut off.
pub(super) fn plain(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(text) | Cell::Status(_, text) => Some(text.clone()),
        Cell::Series(labels) => Some(labels.to_string()),
        _ => None,
    }
}
