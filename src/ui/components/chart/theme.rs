//! The chart's colours, read from the style sheet's tokens.

use leptos::prelude::*;

use crate::chart::Theme;
use crate::ui::store::use_store;
use crate::web::document;

/// The theme of charts now; follows light and dark, and the workspace's models.
pub fn use_theme() -> Memo<Theme> {
    let store = use_store();
    Memo::new(move |_| {
        // The tokens change with the theme.
        let _ = store.is_dark.get();
        let entities = store.workspace().spec.models.iter().map(|m| m.id.clone()).collect();
        let (has_names, has_marks) = (store.has_legends.get(), store.has_marks.get());
        Theme { has_names, has_marks, ..theme(entities) }
    })
}

fn theme(entities: Vec<String>) -> Theme {
    let token = |name: &str| document::token(name);
    let many = |prefix: &str, places: std::ops::RangeInclusive<u8>| {
        places.map(|i| document::token(&format!("{prefix}{i}"))).filter(|c| !c.is_empty()).collect()
    };
    Theme {
        surface: token("--surface"),
        text: token("--text"),
        muted: token("--muted"),
        hairline: token("--line"),
        accent: token("--accent"),
        selection: token("--accent-soft"),
        categorical: many("--cat-", 1..=8),
        sequential: many("--seq-", 0..=5),
        diverging: ["--div-low", "--div-mid", "--div-high"].iter().map(|name| token(name)).collect(),
        good: token("--good"),
        warning: token("--warning"),
        bad: token("--bad"),
        // The library writes it into SVG attributes as it is.
        font: token("--font-sans").replace('"', "'"),
        entities,
        has_names: true,
        has_marks: true,
    }
}
