//! A number on the screen with its handles.

use leptos::prelude::*;

use crate::format::Text;
use crate::frame::Labels;
use crate::ui::text::Texts;
use crate::units::Unit;

/// What a number is of: the handles that tests and hosts find it by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Handle {
    /// Metric id; empty for none.
    pub metric: String,
    /// Canonical labels; empty for none.
    pub series: String,
}

impl Handle {
    /// The handle of a metric's number of a series.
    pub fn new(metric: &str, series: &Labels) -> Self {
        let series = if series.is_empty() { String::new() } else { series.to_string() };
        Self { metric: metric.to_owned(), series }
    }

    fn attribute(text: &str) -> Option<String> {
        (!text.is_empty()).then(|| text.to_owned())
    }
}

/// A number as shown, with the raw value behind it. A value that is not a number is a dash without handles.
pub fn number(handle: &Handle, part: &'static str, value: f64, unit: &Unit, texts: &Texts) -> AnyView {
    number_in(handle, part, value, unit, texts.parts(value, unit))
}

/// As [`number`], with text made for its place.
pub fn number_in(handle: &Handle, part: &'static str, value: f64, unit: &Unit, text: Text) -> AnyView {
    if value.is_nan() {
        return missing().into_any();
    }
    // Thousands and millions of a plain number are part of the number, not its unit.
    let class = if matches!(unit.id(), "none" | "short" | "") { "" } else { "unit" };
    let suffix = (!text.suffix.is_empty()).then(|| view! { <span class=class>"\u{2009}" {text.suffix}</span> });
    view! {
        <span
            data-metric=Handle::attribute(&handle.metric)
            data-series=Handle::attribute(&handle.series)
            data-part=part
            data-value=value.to_string()
        >
            {text.number}
            {suffix}
        </span>
    }
    .into_any()
}

/// A text that stands for a number, with the raw value behind it.
pub fn number_as(handle: &Handle, part: &'static str, value: f64, text: String) -> impl IntoView + use<> {
    view! {
        <span
            data-metric=Handle::attribute(&handle.metric)
            data-series=Handle::attribute(&handle.series)
            data-part=part
            data-value=value.to_string()
        >
            {text}
        </span>
    }
}

/// The dash of a missing value.
pub fn missing() -> impl IntoView {
    view! {
        <span class="faint" aria-hidden="true">
            "–"
        </span>
        <span class="hidden-text">"no value"</span>
    }
}
