//! Lines of text with a tone: alerts, failed traces, comments.

use leptos::prelude::*;

use super::status::status;
use crate::ui::text::Texts;
use crate::view::{Feed, FeedLine};

/// Lines shown at once; the rest is counted.
const AT_MOST: usize = 500;

/// The lines under the title of their block; `open` is called with the key of a line that can be opened.
pub fn feed(feed: &Feed, title: &str, texts: &Texts, open: Callback<String>) -> impl IntoView + use<> {
    let lines: Vec<_> = feed.lines.iter().take(AT_MOST).map(|line| feed_line(line, texts, open)).collect();
    let hidden = feed.n_total.saturating_sub(lines.len() as u64);
    let more = (hidden > 0).then(|| {
        view! { <p class="table-more">{format!("{} more, not shown", texts.count(hidden as f64))}</p> }
    });
    if lines.is_empty() && hidden == 0 {
        return view! { <p class="faint">"None in this time range."</p> }.into_any();
    }
    view! {
        <ol class="feed" tabindex="0" aria-label=title.to_owned()>
            {lines}
        </ol>
        {more}
    }
    .into_any()
}

fn feed_line(line: &FeedLine, texts: &Texts, open: Callback<String>) -> impl IntoView + use<> {
    let labels =
        (!line.labels.is_empty()).then(|| view! { <span class="feed-labels">{line.labels.to_string()}</span> });
    let details = line.key.clone().map(|key| {
        view! {
            <button type="button" class="button" on:click=move |_| open.run(key.clone())>
                "Details"
            </button>
        }
    });
    view! {
        <li>
            <time class="faint">{texts.instant(line.at_ms)}</time>
            {status(line.tone, line.level.clone())}
            <span class="feed-text">{line.text.clone()}</span>
            {labels}
            {details}
        </li>
    }
}
