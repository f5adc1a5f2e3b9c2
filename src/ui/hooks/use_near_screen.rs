//! Follows whether a panel is near the screen and how wide it is, and tells the store.

use leptos::html;
use leptos::prelude::*;

use crate::ui::store::Store;
use crate::web::observe::{NearScreen, Width};

/// Widths are told in steps, so that a drag of the window asks seldom.
const STEP_PX: f64 = 32.0;

/// Whether the panel's element is near the screen. While it is, it is among the store's visible panels with its width.
pub fn use_near_screen(store: Store, id: &str, element: NodeRef<html::Section>) -> ReadSignal<bool> {
    let (is_near, set_near) = signal(false);
    let (width_px, set_width) = signal(0_u32);
    let observers = StoredValue::new_local(None::<(Option<NearScreen>, Option<Width>)>);
    Effect::new(move |_| {
        let Some(element) = element.get() else { return };
        let near = NearScreen::new(&element, move |near| set_near.set(near));
        let width = Width::new(&element, move |px| {
            let rounded = ((px / STEP_PX).round() * STEP_PX).max(STEP_PX) as u32;
            if width_px.get_untracked() != rounded {
                set_width.set(rounded);
            }
        });
        observers.set_value(Some((near, width)));
    });
    let key = id.to_owned();
    Effect::new(move |_| {
        let (near, width) = (is_near.get(), width_px.get());
        let shown = (near && width > 0).then_some(width);
        if store.visible.with_untracked(|visible| visible.get(&key).copied()) != shown {
            store.visible.update(|visible| match shown {
                Some(width) => drop(visible.insert(key.clone(), width)),
                None => drop(visible.remove(&key)),
            });
        }
    });
    let key = id.to_owned();
    on_cleanup(move || {
        observers.try_update_value(Option::take);
        store.visible.try_update(|visible| visible.remove(&key));
    });
    is_near
}
