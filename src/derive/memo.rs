//! Costly results that depend on frames alone, kept from one derivation to the next.
//!
//! A result is found again by the frames it was computed from and a key that names all else it depends on, so that a derivation gives
//! the same view with and without a memo. A viewer who brushes, clicks or moves a threshold does not wait for a forest fitted anew.
//! Results whose frames are gone go as well.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use crate::frame::Frame;

/// More results are not kept: those unused for longest go first.
const MAX_KEPT: usize = 48;

/// The results that are kept. The engine owns one.
#[derive(Default)]
pub struct Memo {
    kept: RefCell<Vec<Kept>>,
}

struct Kept {
    frames: Vec<Weak<Frame>>,
    key: String,
    result: Rc<dyn Any>,
}

impl Memo {
    /// The result of `compute` for these very frames and this key: kept from before, or computed now.
    ///
    /// The key names everything but the frames that the result depends on; without frames it names the content itself, by a hash.
    pub fn get<T: 'static>(&self, frames: &[&Arc<Frame>], key: &str, compute: impl FnOnce() -> T) -> Rc<T> {
        if let Some(found) = self.find(frames, key).and_then(|result| result.downcast::<T>().ok()) {
            return found;
        }
        let result = Rc::new(compute());
        let mut kept = self.kept.borrow_mut();
        kept.retain(|k| k.frames.iter().all(|frame| frame.strong_count() > 0));
        let n_over = (kept.len() + 1).saturating_sub(MAX_KEPT);
        kept.drain(..n_over);
        let frames = frames.iter().map(|frame| Arc::downgrade(frame)).collect();
        kept.push(Kept { frames, key: key.to_owned(), result: Rc::<T>::clone(&result) });
        result
    }

    /// The kept result, which becomes the one used last.
    fn find(&self, frames: &[&Arc<Frame>], key: &str) -> Option<Rc<dyn Any>> {
        let mut kept = self.kept.borrow_mut();
        // A weak reference keeps the address from being used again, so that equal addresses are the same frame.
        let is_same = |(kept, frame): (&Weak<Frame>, &&Arc<Frame>)| std::ptr::eq(kept.as_ptr(), Arc::as_ptr(frame));
        let is_it =
            |k: &Kept| k.key == key && k.frames.len() == frames.len() && k.frames.iter().zip(frames).all(is_same);
        let place = kept.iter().rposition(is_it)?;
        let found = kept.remove(place);
        let result = Rc::clone(&found.result);
        kept.push(found);
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_result_is_computed_once_for_its_frames_and_key() {
        let (memo, n) = (Memo::default(), Cell::new(0));
        let (a, b) = (Arc::new(Frame::default()), Arc::new(Frame::default()));
        let count = || n.replace(n.get() + 1);
        for (frames, key, expected) in [
            (vec![&a], "x", 0),
            (vec![&a], "x", 0),
            (vec![&b], "x", 1),
            (vec![&a], "y", 2),
            (vec![&a, &b], "x", 3),
            (vec![&a], "x", 0),
        ] {
            assert_eq!(*memo.get(&frames, key, count), expected, "{key} of {} frames", frames.len());
        }
    }

    #[test]
    fn results_of_another_type_are_not_mixed_up() {
        let (memo, frame) = (Memo::default(), Arc::new(Frame::default()));
        assert_eq!(*memo.get(&[&frame], "x", || 1_u32), 1);
        assert_eq!(*memo.get(&[&frame], "x", || "text"), "text");
    }

    #[test]
    fn what_frames_are_gone_and_what_is_long_unused_is_dropped() {
        let memo = Memo::default();
        let frame = Arc::new(Frame::default());
        memo.get(&[&Arc::new(Frame::default())], "gone", || 1);
        for i in 0..MAX_KEPT {
            memo.get(&[&frame], &i.to_string(), || i);
            memo.get(&[&frame], "0", || 0_usize);
        }
        assert_eq!(memo.kept.borrow().len(), MAX_KEPT);
        memo.get(&[&frame], "one more", || 0_usize);
        assert_eq!(memo.kept.borrow().len(), MAX_KEPT);
        assert!(memo.find(&[&frame], "0").is_some() && memo.find(&[&frame], "1").is_none());
    }
}
