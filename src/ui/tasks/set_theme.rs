//! Chooses the theme, for this view and for the next visit.

use crate::state::Command;
use crate::ui::store::Store;
use crate::web::storage;

/// `light`, `dark`, or `None` for the system's.
pub fn set_theme(store: Store, theme: Option<&str>) {
    storage::set("theme", theme);
    super::apply_command::apply_command(store, &Command::SetTheme(theme.map(str::to_owned)));
    store.bump_theme();
}
