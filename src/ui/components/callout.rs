//! A sentence that says what follows from the data.

use leptos::prelude::*;

use super::status::{mark, tone_name};
use crate::ui::text::Texts;
use crate::view::{Callout, Tone};

/// The sentence with its tone as shape and word.
pub fn callout(callout: &Callout, texts: &Texts) -> impl IntoView + use<> {
    let word = match callout.tone {
        Tone::Warning => "Warning: ",
        Tone::Bad => "Needs action: ",
        Tone::Good | Tone::Neutral | Tone::Unknown => "",
    };
    view! {
        <div class="callout" data-tone=tone_name(callout.tone)>
            {mark(callout.tone)}
            <p>
                <span class="hidden-text">{word}</span>
                {texts.sentence(&callout.text)}
            </p>
        </div>
    }
}
