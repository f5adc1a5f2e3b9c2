//! Fetches the outlines of the world's countries, once, when the first map is on the screen.

use leptos::prelude::*;

use super::spawn::spawn;
use crate::chart::World;
use crate::ui::store::{Outlines, Store};
use crate::web::{document, fetch};

/// Fetches them, if that has not begun. A failure is tried again with the next map.
pub fn load_outlines(store: Store) {
    if !matches!(store.outlines.get_untracked(), Outlines::Unasked | Outlines::Failed) {
        return;
    }
    store.outlines.set(Outlines::Loading);
    let address = document::chunks().into_iter().find(|(name, _)| name == "world").map(|(_, address)| address);
    spawn(async move {
        let text = match address {
            Some(address) => fetch::asset(&address).await.ok(),
            None => None,
        };
        let world = text.and_then(|text| World::parse(&text));
        store.outlines.set(world.map_or(Outlines::Failed, |world| Outlines::Ready(world.into())));
    });
}
