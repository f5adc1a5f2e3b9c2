//! What a panel shows when it has no picture, and the words on its head.

use leptos::prelude::*;

use crate::source::{Cause, Failure};
use crate::spec::Workspace;
use crate::ui::components::sign_in::sign_in_door;
use crate::ui::store::use_store;
use crate::ui::tasks::copy_link::copy_text;
use crate::ui::tasks::refresh::refresh;
use crate::ui::text::Texts;
use crate::view::{BlockBody, View};

/// The panel's name: its own, or its kind's.
pub fn panel_title(workspace: &Workspace, id: &str) -> String {
    let Some(panel) = workspace.panels.get(id) else { return id.to_owned() };
    panel.title.clone().unwrap_or_else(|| panel.kind.title().to_owned())
}

/// The unit of the panel's main picture, at the scale of its newest value, where it has one.
pub fn unit_word(view: &View, texts: &Texts) -> Option<String> {
    let (unit, value) = view.blocks.iter().filter(|block| !block.details).find_map(|block| match &block.body {
        BlockBody::Lines(lines) => Some((&lines.y.unit, newest(lines.lines.first().map(|l| l.y.as_slice())))),
        BlockBody::Bars(bars) => Some((&bars.axis.unit, bars.bars.first().map(|b| b.value))),
        BlockBody::Map(map) => Some((&map.values.axis.unit, map.values.bars.first().map(|b| b.value))),
        BlockBody::Matrix(matrix) => Some((&matrix.unit, newest(Some(&matrix.values)))),
        BlockBody::Scatter(scatter) => Some((&scatter.y.unit, scatter.points.first().map(|p| p.y))),
        _ => None,
    })?;
    // The letter of a scale (K, M) is no unit: plain counts have none.
    if matches!(unit.id(), "none" | "short") {
        return None;
    }
    if unit.id().starts_with("currency") {
        let sign = texts.parts(0.0, unit).number.replace(|c: char| c.is_ascii_digit() || c == '.' || c == ',', "");
        return Some(sign.trim().to_owned()).filter(|sign| !sign.is_empty());
    }
    let word = texts.parts(value.filter(|v| v.is_finite()).unwrap_or(1.0), unit).suffix;
    (!word.is_empty()).then_some(word)
}

fn newest(values: Option<&[f64]>) -> Option<f64> {
    values?.iter().rev().copied().find(|v| v.is_finite())
}

/// The shape of what comes; shown only after a moment, by the style sheet.
pub fn skeleton() -> impl IntoView {
    view! {
        <div class="skeleton" aria-hidden="true">
            <span class="skeleton-line"></span>
            <span class="skeleton-fill"></span>
        </div>
    }
}

/// Nothing to show: why, and the lines of workspace that would change it.
pub fn empty(reason: &str, teach: Option<&str>) -> impl IntoView + use<> {
    let store = use_store();
    let lines = teach.map(str::to_owned).filter(|lines| !lines.is_empty());
    let lesson = lines.map(|lines| {
        let copied = lines.clone();
        view! {
            <p class="muted">"Add to the workspace:"</p>
            <pre tabindex="0">{lines}</pre>
            <div class="actions">
                <button
                    type="button"
                    class="button outlined"
                    on:click=move |_| copy_text(store, copied.clone(), "Lines copied.")
                >
                    "Copy lines"
                </button>
            </div>
        }
    });
    view! {
        <div class="panel-note">
            <p>{sentence(reason)}</p>
            {lesson}
        </div>
    }
}

/// No picture: the cause, what to do, and another try. Where a log-in is missing, the door to it.
pub fn failed(failure: &Failure, sources: &[String]) -> impl IntoView + use<> {
    let store = use_store();
    let doors = (failure.cause == Cause::Unauthorized).then(|| {
        let document = store.workspace_untracked();
        let asked = document.spec.sources.iter().filter(|source| sources.contains(&source.id.0));
        let mut logins: Vec<_> = asked.filter(|source| source.login.is_some()).collect();
        logins.dedup_by(|a, b| a.login == b.login);
        logins.into_iter().map(|source| sign_in_door(store, source)).collect::<Vec<_>>()
    });
    view! {
        <div class="panel-note" role="status">
            <p class="headline">{cause_words(failure.cause)}</p>
            <p>{sentence(&failure.text)}</p>
            {failure.hint.clone().map(|hint| view! { <p class="muted">{sentence(&hint)}</p> })}
            {doors}
            <div class="actions">
                <button type="button" class="button outlined" on:click=move |_| refresh(store)>
                    "Try again"
                </button>
            </div>
        </div>
    }
}

/// The class of a failure in words.
pub fn cause_words(cause: Cause) -> &'static str {
    match cause {
        Cause::Unreachable => "Unreachable or blocked",
        Cause::Unauthorized => "Log in needed",
        Cause::Forbidden => "Not allowed",
        Cause::NotFound => "Not found",
        Cause::Rejected => "The server refused the question",
        Cause::Overloaded => "The server is overloaded",
        Cause::ServerError => "The server failed",
        Cause::Timeout => "No answer in time",
        Cause::TooLarge => "The answer is too large",
        Cause::Malformed => "Not the expected format",
        Cause::Unsupported => "This source cannot answer that",
        Cause::Configuration => "The workspace does not fit",
    }
}

/// With a capital and a full stop; an address at the start stays as it is.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    // An address or an id keeps its letters.
    let is_word = text.split_whitespace().next().is_some_and(|word| word.chars().all(char::is_alphabetic));
    let text: String = if is_word { first.to_uppercase().chain(letters).collect() } else { text.to_owned() };
    if text.ends_with(['.', '!', '?', ':']) { text } else { format!("{text}.") }
}
