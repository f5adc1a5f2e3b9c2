//! The decision threshold under a curve: one slider a model, which moves every chart that rests on it.

use leptos::prelude::*;

use crate::state::Command;
use crate::ui::store::use_store;
use crate::ui::tasks::apply_command::apply_command;
use crate::view::{Block, BlockBody};

/// A slider where the block has a threshold, else nothing.
#[component]
pub(super) fn ThresholdSlider(
    /// The block.
    block: Signal<Block>,
) -> impl IntoView {
    let store = use_store();
    let cursor = Memo::new(move |_| {
        block.with(|block| match &block.body {
            BlockBody::Lines(body) => body.threshold.as_ref().map(|t| (t.model.clone(), t.threshold)),
            _ => None,
        })
    });
    let model = Memo::new(move |_| cursor.with(|c| c.as_ref().map(|(model, _)| model.clone())));
    let value = Memo::new(move |_| cursor.with(|c| c.as_ref().map_or(0.5, |(_, threshold)| *threshold)));
    move || {
        let model = model.get()?;
        let set = StoredValue::new(move |text: String, is_final: bool| {
            let value = text.parse::<f64>().ok();
            apply_command(store, &Command::SetThreshold { model: model.clone(), value, is_final });
        });
        Some(view! {
            <label class="threshold">
                <span>"Threshold"</span>
                <input
                    type="range"
                    min="0"
                    max="1"
                    step="0.01"
                    prop:value=move || value.get().to_string()
                    on:input=move |event| set.with_value(|set| set(event_target_value(&event), false))
                    on:change=move |event| set.with_value(|set| set(event_target_value(&event), true))
                />
                <output>{move || format!("{:.2}", value.get())}</output>
            </label>
        })
    }
}
