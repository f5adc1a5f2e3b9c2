//! A headline number with all that stands behind it.

use leptos::prelude::*;

use super::evidence::evidence_button;
use super::number::{Handle, missing, number, number_as};
use super::spark::spark;
use crate::ui::store::Store;
use crate::ui::text::Texts;
use crate::units::Direction;
use crate::view::figure::even_columns;
use crate::view::{Figure, Verdict};

/// Headline numbers side by side, no row with one left over; nothing for none.
pub fn figures(store: Store, figures: &[Figure], texts: &Texts) -> Option<impl IntoView + use<>> {
    let shown: Vec<_> = figures.iter().map(|f| figure(store, f, texts)).collect();
    let n_shown = shown.len();
    let of = |most: usize| even_columns(n_shown, most).to_string();
    (!shown.is_empty()).then(|| {
        view! {
            <div class="figures-box">
                <div
                    class="figures"
                    style:--of-2=of(2)
                    style:--of-3=of(3)
                    style:--of-4=of(4)
                    style:--of-5=of(5)
                    style:--of-6=of(6)
                >
                    {shown}
                </div>
            </div>
        }
    })
}

/// One headline number.
pub fn figure(store: Store, figure: &Figure, texts: &Texts) -> impl IntoView + use<> {
    let handle = Handle::new(&figure.metric, &figure.series);
    let value = match figure.value.filter(|v| !v.is_nan()) {
        Some(value) => number(&handle, "value", value, &figure.unit, texts),
        None => missing().into_any(),
    };
    let value = match &figure.evidence {
        Some(evidence) => evidence_button(store, evidence.clone(), Some(link_name(figure, texts)), value),
        None => value,
    };
    view! {
        <div class="figure">
            <span class="figure-title" title=figure.title.clone()>
                {figure.title.clone()}
            </span>
            <div class="figure-body">
                <span class="figure-value">{value}</span>
                {delta(figure, &handle, texts)}
                {evidence(figure, &handle, texts)}
                {target(figure, &handle, texts)}
                {spark(&figure.spark)}
            </div>
        </div>
    }
}

/// What the value is called as a link: what it is of, the number as it is shown, and where it leads.
fn link_name(figure: &Figure, texts: &Texts) -> String {
    let value = figure.value.filter(|v| !v.is_nan()).map_or("no value".to_owned(), |v| texts.value(v, &figure.unit));
    format!("{}: {value}: open the panel that explains it", figure.title)
}

/// The change with arrow and word; coloured only when it is more than noise and the metric has a good direction.
fn delta(figure: &Figure, handle: &Handle, texts: &Texts) -> Option<impl IntoView + use<>> {
    let delta = figure.delta.filter(|d| !d.is_nan())?;
    let arrow = match delta.partial_cmp(&0.0) {
        Some(std::cmp::Ordering::Greater) => "↑",
        Some(std::cmp::Ordering::Less) => "↓",
        _ => "→",
    };
    let (name, word) = match figure.verdict {
        Verdict::Better => ("better", "better"),
        Verdict::Worse => ("worse", "worse"),
        Verdict::Changed => ("changed", "changed"),
        Verdict::NoClearChange => ("none", "no clear change"),
        Verdict::None => ("none", ""),
    };
    let ends = figure.delta_low.zip(figure.delta_high).filter(|(low, high)| low.is_finite() && high.is_finite());
    let ends = ends.map(|(low, high)| {
        format!("95 % interval {} to {}", texts.change(low, &figure.unit), texts.change(high, &figure.unit))
    });
    let against = figure.reference_title.as_ref().map(|title| format!("vs {title}"));
    let reference = figure.reference.filter(|r| !r.is_nan()).map(|reference| {
        let text = texts.value(reference, &figure.unit);
        view! { <span>{number_as(handle, "reference", reference, text)}</span> }
    });
    let chance = |part: &'static str, value: Option<f64>| {
        value
            .filter(|v| !v.is_nan())
            .map(|v| view! { <span>{format!("{part} ")} {number_as(handle, part, v, p_text(v))}</span> })
    };
    Some(view! {
        <span class="figure-line">
            <span class="delta" data-verdict=name title=ends>
                <span class="delta-word">
                    {arrow} " " {number_as(handle, "delta", delta, texts.change(delta, &figure.unit))}
                    {(!word.is_empty()).then(|| format!(", {word}"))}
                </span>
                <span>{against}</span>
                {reference}
                {chance("p", figure.p)}
                {chance("q", figure.q)}
            </span>
        </span>
    })
}

fn p_text(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

/// The interval as whisker and text, and the sample size.
fn evidence(figure: &Figure, handle: &Handle, texts: &Texts) -> Option<impl IntoView + use<>> {
    let interval = figure.low.zip(figure.high).filter(|(low, high)| !low.is_nan() && !high.is_nan());
    // An interval without an upper end says what is sure.
    let sure = figure.low.filter(|low| interval.is_none() && low.is_finite());
    let n = figure.n.filter(|n| !n.is_nan());
    if interval.is_none() && n.is_none() && figure.method.is_none() {
        return None;
    }
    let interval = interval.map(|(low, high)| {
        let (low_text, high_text) = texts.ends(low, high, &figure.unit);
        view! {
            {whisker(figure.value.unwrap_or(f64::NAN), low, high)}
            <span title=figure.method.clone()>
                {number_as(handle, "low", low, low_text)} "–"
                {number_as(handle, "high", high, high_text)}
            </span>
        }
        .into_any()
    });
    let interval = interval.or_else(|| {
        let low = sure?;
        let (low_text, _) = texts.ends(low, low, &figure.unit);
        let text = number_as(handle, "low", low, low_text);
        Some(view! { <span title=figure.method.clone()>{text} " or more"</span> }.into_any())
    });
    let why_not = interval.is_none().then(|| figure.method.clone()).flatten();
    let n = n.map(|n| view! { <span>"n " {number_as(handle, "n", n, texts.count(n))}</span> });
    // On a dashboard the reason is one mark that says it on hover; the panel's own page writes it out.
    let why_not = why_not.map(|why| {
        let on_hover = why.clone();
        view! {
            <span class="figure-why" title=on_hover tabindex="0">
                <span class="figure-why-mark" aria-hidden="true">"i"</span>
                <span class="figure-why-text">{why}</span>
            </span>
        }
    });
    Some(view! { <span class="figure-line">{interval} {n} {why_not}</span> })
}

/// The interval as a line with ends, the value as a dot on it.
fn whisker(value: f64, low: f64, high: f64) -> impl IntoView + use<> {
    let share = if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 };
    let dot = share.is_finite().then(|| {
        let at = 2.0 + share * 36.0;
        view! { <circle cx=format!("{at:.1}") cy="4" r="2" /> }
    });
    view! {
        <svg class="whisker" viewBox="0 0 40 8" aria-hidden="true">
            <line x1="2" x2="38" y1="4" y2="4" />
            <line x1="2" x2="2" y1="1" y2="7" />
            <line x1="38" x2="38" y1="1" y2="7" />
            {dot}
        </svg>
    }
}

/// How much of the objective is reached, or used up where less is better.
fn target(figure: &Figure, handle: &Handle, texts: &Texts) -> Option<impl IntoView + use<>> {
    let target = figure.target.filter(|t| t.is_finite())?;
    let value = figure.value.filter(|v| v.is_finite())?;
    let is_met = match figure.direction {
        Direction::Higher => Some(value >= target),
        Direction::Lower => Some(value <= target),
        Direction::Neutral => None,
    };
    let share = if target.abs() > 0.0 { (value / target).clamp(0.0, 1.0) } else { 1.0 };
    let word = match is_met {
        Some(true) => "met",
        Some(false) => "missed",
        None => "",
    };
    Some(view! {
        <div class="target" data-met=is_met.map(|met| met.to_string()) aria-hidden="true">
            <span style:--share=format!("{:.1}%", share * 100.0)></span>
        </div>
        <span class="figure-line">
            <span>
                "target " {number_as(handle, "target", target, texts.value(target, &figure.unit))} " " {word}
            </span>
        </span>
    })
}
