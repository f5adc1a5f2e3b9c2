//! The beat of the page: ages grow, and what is due is refreshed.

use gloo_timers::callback::Interval;
use leptos::prelude::*;

use crate::ui::store::Store;
use crate::ui::tasks::refresh::refresh;
use crate::web::{clock, document};

const BEAT_MS: u32 = 1_000;
const AGES_EVERY_MS: i64 = 10_000;
/// Share of the period by which refreshes are spread, so that many viewers do not ask at once.
const JITTER: f64 = 0.1;
/// "Auto" asks once for each of so many parts of the range.
const AUTO_PARTS: i64 = 500;
const AUTO_LEAST_SECONDS: i64 = 15;
const AUTO_MOST_SECONDS: i64 = 900;

/// Follows the clock. A hidden page asks for nothing; when it is seen again, what is overdue is asked at once.
pub fn use_clock(store: Store) {
    let period_ms = Memo::new(move |_| period_ms(store));
    let due_ms = RwSignal::new(f64::INFINITY);
    Effect::new(move |_| {
        store.refreshed_ms.track();
        due_ms.set(period_ms.get().map_or(f64::INFINITY, |period| {
            clock::monotonic_ms() + period * (1.0 + JITTER * (2.0 * clock::jitter() - 1.0))
        }));
    });
    let beat = Interval::new(BEAT_MS, move || {
        if document::is_hidden() {
            return;
        }
        let now_ms = clock::now_ms();
        if now_ms - store.now_ms.get_untracked() >= AGES_EVERY_MS {
            store.now_ms.set(now_ms);
        }
        if clock::monotonic_ms() >= due_ms.get_untracked() {
            refresh(store);
        }
    });
    let beat = StoredValue::new_local(Some(beat));
    on_cleanup(move || drop(beat.try_update_value(Option::take)));
}

/// Milliseconds between refreshes; `None` for off.
fn period_ms(store: Store) -> Option<f64> {
    let chosen = store.selection.with(|s| s.refresh_seconds)?;
    let seconds = if chosen == 0 {
        let width_ms = store.resolved.with(|r| r.range.width_ms());
        (width_ms / AUTO_PARTS / 1_000).clamp(AUTO_LEAST_SECONDS, AUTO_MOST_SECONDS)
    } else {
        i64::from(chosen)
    };
    Some(seconds as f64 * 1_000.0)
}
