//! A click on a row, bar or point.

use leptos::prelude::*;

use crate::state::Command;
use crate::ui::store::Store;

/// Chooses `key` of a picture's `target`: a dimension is filtered by it; a run, feature, prediction or cell becomes the panel's
/// setting of that name. The same again takes it back.
pub fn choose(store: Store, panel: &str, target: &str, key: &str) {
    let workspace = store.workspace_untracked();
    let is_dimension = target == "model" || workspace.spec.dimensions.iter().any(|d| d.id == target);
    let command = if is_dimension {
        Command::ToggleFilter { dimension: target.to_owned(), value: key.to_owned() }
    } else {
        let chosen = chosen(store, panel, target);
        let value = (chosen.as_deref() != Some(key)).then(|| key.to_owned());
        Command::SetSetting { panel: panel.to_owned(), name: target.to_owned(), value }
    };
    super::apply_command::apply_command(store, &command);
}

/// The panel's setting of that name now, without subscribing.
fn chosen(store: Store, panel: &str, name: &str) -> Option<String> {
    store.selection.with_untracked(|s| s.settings.get(panel)?.get(name).cloned())
}

/// Whether `key` is chosen; subscribes.
pub fn is_chosen(store: Store, panel: &str, target: &str, key: &str) -> bool {
    store.selection.with(|s| {
        let by_filter = s.filters.get(target).is_some_and(|f| f.include.iter().any(|v| v == key));
        let by_setting = s.settings.get(panel).and_then(|p| p.get(target)).is_some_and(|v| v == key);
        by_filter || by_setting
    })
}
