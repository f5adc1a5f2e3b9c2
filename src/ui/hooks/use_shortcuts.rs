//! Keys, in Grafana's words. Off while typing; one switch turns the single keys off (WCAG 2.1.4).

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

use crate::state::{Command, Direction};
use crate::ui::panels::{toggle_table, view_details};
use crate::ui::store::{Notice, Overlay, Store};
use crate::ui::tasks::apply_command::apply_command;
use crate::ui::tasks::copy_link::{LinkRange, copy_link};
use crate::ui::tasks::notify::notify;
use crate::ui::tasks::paste_range::paste_range;
use crate::ui::tasks::refresh::refresh;
use crate::ui::tasks::set_theme::set_theme;
use crate::web::listen::Listener;
use crate::web::{clock, document};

/// A second key counts as the rest of a chord within this time.
const CHORD_MS: f64 = 1_500.0;

/// Every shortcut with what it does, for the help.
pub const SHORTCUTS: [(&str, &str); 21] = [
    ("?", "This list"),
    ("Ctrl K", "Command palette"),
    ("Ctrl O", "Crosshair on all time charts, or on one"),
    ("g h", "Home of the role"),
    ("g d", "Dashboards"),
    ("t ←", "Range back"),
    ("t →", "Range forward"),
    ("t z", "Zoom out"),
    ("t a", "Absolute range"),
    ("t c", "Copy link with absolute range"),
    ("t v", "Paste range"),
    ("d r", "Refresh"),
    ("d k", "Kiosk"),
    ("d l", "Names of lines, on or off"),
    ("d x", "Marked points and events, on or off"),
    ("c t", "Change theme"),
    ("v", "View the focused panel"),
    ("i", "Inspect the focused panel"),
    ("x", "Focused panel as table"),
    ("p s", "Copy link to the focused panel"),
    ("Esc", "Back from a panel, out of kiosk"),
];

/// Follows the keyboard for as long as the app lives.
pub fn use_shortcuts(store: Store) {
    let pending = StoredValue::new(None::<(String, f64)>);
    let listener = Listener::on_document("keydown", move |event| {
        if let Ok(event) = event.dyn_into::<KeyboardEvent>()
            && press(store, pending, &event)
        {
            event.prevent_default();
        }
    });
    let listener = StoredValue::new_local(listener);
    on_cleanup(move || drop(listener.try_update_value(Option::take)));
}

/// Whether the key did something.
fn press(store: Store, pending: StoredValue<Option<(String, f64)>>, event: &KeyboardEvent) -> bool {
    let key = event.key();
    if (event.ctrl_key() || event.meta_key()) && !event.alt_key() && key.eq_ignore_ascii_case("k") {
        let is_open = store.overlay.get_untracked() == Some(Overlay::Palette);
        store.overlay.set((!is_open).then_some(Overlay::Palette));
        return true;
    }
    if (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key() && key.eq_ignore_ascii_case("o")
    {
        share_crosshair(store);
        return true;
    }
    let is_single = !(event.ctrl_key() || event.meta_key() || event.alt_key());
    if !is_single || document::is_typing() || store.overlay.get_untracked().is_some() {
        return false;
    }
    if key == "Escape" {
        return escape(store);
    }
    if !store.has_shortcuts.get_untracked() {
        return false;
    }
    let before = pending.get_value().filter(|(_, at)| clock::monotonic_ms() - at < CHORD_MS).map(|(key, _)| key);
    pending.set_value(None);
    let chord = before.map_or_else(|| key.clone(), |before| format!("{before} {key}"));
    if run(store, &chord) {
        return true;
    }
    if matches!(key.as_str(), "g" | "t" | "d" | "c" | "p") {
        pending.set_value(Some((key, clock::monotonic_ms())));
    }
    false
}

fn share_crosshair(store: Store) {
    let is_shared = !store.is_crosshair_shared.get_untracked();
    store.is_crosshair_shared.set(is_shared);
    let text = if is_shared { "The crosshair is on all time charts." } else { "The crosshair is on one chart." };
    notify(store, Notice::new(text));
}

fn escape(store: Store) -> bool {
    let selection = store.selection.get_untracked();
    let is_popover_open =
        document::document().and_then(|d| d.query_selector(".popover:popover-open").ok().flatten()).is_some();
    if is_popover_open {
        return false;
    }
    if selection.panel.is_some() {
        apply_command(store, &Command::ClosePanel);
    } else if selection.kiosk {
        apply_command(store, &Command::ToggleKiosk);
    } else {
        return false;
    }
    true
}

fn run(store: Store, chord: &str) -> bool {
    let shown = store.resolved.with_untracked(|r| r.range);
    let shift = |direction| apply_command(store, &Command::ShiftRange { shown, direction });
    let on_panel = |act: &dyn Fn(&str)| {
        if let Some(id) = store.focused_panel.get_untracked() {
            act(&id);
        }
    };
    match chord {
        "?" => store.overlay.set(Some(Overlay::Help)),
        "g h" => apply_command(store, &Command::OpenDashboard(None)),
        "g d" => store.is_rail_out.set(true),
        "t ArrowLeft" => shift(Direction::Back),
        "t ArrowRight" => shift(Direction::Forward),
        "t z" => apply_command(store, &Command::ZoomOut { shown }),
        "t a" => apply_command(store, &Command::Zoom { from_ms: shown.from_ms, to_ms: shown.to_ms }),
        "t c" => copy_link(store, LinkRange::Locked, None),
        "t v" => paste_range(store),
        "d l" => store.has_legends.update(|on| *on = !*on),
        "d x" => store.has_marks.update(|on| *on = !*on),
        "d r" => refresh(store),
        "d k" => apply_command(store, &Command::ToggleKiosk),
        "c t" => set_theme(store, Some(if store.is_dark.get_untracked() { "light" } else { "dark" })),
        "v" => on_panel(&|id| view_details(store, id)),
        "i" => on_panel(&|id| store.overlay.set(Some(Overlay::Inspect(id.to_owned())))),
        "x" => on_panel(&|id| toggle_table(store, id)),
        "p s" => on_panel(&|id| copy_link(store, LinkRange::Relative, Some(id.to_owned()))),
        _ => return false,
    }
    true
}
