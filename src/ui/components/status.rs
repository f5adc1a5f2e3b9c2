//! A state as shape, colour and word.

use leptos::prelude::*;

use crate::view::Tone;

/// The tone's name in style sheets.
pub fn tone_name(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "neutral",
        Tone::Good => "good",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
        Tone::Unknown => "unknown",
    }
}

/// The tone's shape: disc, triangle, diamond, ring or dash.
pub fn mark(tone: Tone) -> impl IntoView {
    let path = match tone {
        Tone::Good => "M5 0a5 5 0 1 0 0 10A5 5 0 0 0 5 0z",
        Tone::Warning => "M5 0l5 10H0z",
        Tone::Bad => "M5 0l5 5-5 5-5-5z",
        Tone::Unknown => "M5 0a5 5 0 1 0 0 10A5 5 0 0 0 5 0zm0 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
        Tone::Neutral => "M1 4h8v2H1z",
    };
    view! {
        <svg class="mark" viewBox="0 0 10 10" aria-hidden="true">
            <path d=path fill-rule="evenodd" />
        </svg>
    }
}

/// A state.
pub fn status(tone: Tone, word: String) -> impl IntoView {
    view! {
        <span class="status" data-tone=tone_name(tone)>
            {mark(tone)} <span>{word}</span>
        </span>
    }
}
