//! Work that waits its turn: one piece in each task, so that the browser answers the viewer and paints between the pieces.

use std::cell::RefCell;
use std::collections::VecDeque;

use gloo_timers::callback::Timeout;

type Work = Box<dyn FnOnce()>;

thread_local! {
    /// What waits, the oldest first; a timer is set while there is any.
    static WAITING: RefCell<VecDeque<Work>> = const { RefCell::new(VecDeque::new()) };
}

/// Does `work` in a task of its own, after all that was handed in before.
pub fn later(work: impl FnOnce() + 'static) {
    let is_first = WAITING.with_borrow_mut(|waiting| {
        waiting.push_back(Box::new(work));
        waiting.len() == 1
    });
    if is_first {
        set_timer();
    }
}

fn set_timer() {
    Timeout::new(0, take_turn).forget();
}

fn take_turn() {
    // It stays in its place until it is done, so that what it hands in itself sets no second timer.
    let work =
        WAITING.with_borrow_mut(|waiting| waiting.front_mut().map(|first| std::mem::replace(first, Box::new(|| {}))));
    if let Some(work) = work {
        work();
    }
    let is_more = WAITING.with_borrow_mut(|waiting| {
        waiting.pop_front();
        !waiting.is_empty()
    });
    if is_more {
        set_timer();
    }
}
