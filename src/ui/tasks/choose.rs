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

/// Adds `key` to a panel's setting that lists keys, comma-separated, or takes it out.
pub fn toggle_listed(store: Store, panel: &str, setting: &str, key: &str) {
    let now = chosen(store, panel, setting).unwrap_or_default();
    let mut keys: Vec<&str> = now.split(',').filter(|known| !known.is_empty() && *known != key).collect();
    if keys.len() == now.split(',').filter(|known| !known.is_empty()).count() {
        keys.push(key);
    }
    let value = Some(keys.join(",")).filter(|list| !list.is_empty());
    let (panel, name) = (panel.to_owned(), setting.to_owned());
    super::apply_command::apply_command(store, &Command::SetSetting { panel, name, value });
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
