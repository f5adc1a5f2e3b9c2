//! The files that were read, shared by a source's conversations until it is refreshed.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use super::parsed::Parsed;
use crate::source::{ColumnsRead, Failure};

/// Parsed files beyond this many bytes are forgotten, those unused for longest first. One is kept whatever its size.
const BUDGET_BYTES: usize = 96 << 20;

/// A file, or the part of a columnar one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// Path below the source's address.
    pub file: String,
    /// What is read of it; `None` for all of a file of text.
    pub read: Option<ColumnsRead>,
}

#[derive(Debug)]
struct Kept {
    parsed: Rc<Parsed>,
    n_bytes: usize,
    /// Hash of the answer: the same bytes need no second reading.
    digest: u64,
    is_old: bool,
    used: u64,
}

/// What has been read so far.
#[derive(Debug, Default)]
pub struct Store {
    kept: BTreeMap<Part, Kept>,
    clock: u64,
}

impl Store {
    /// A part that was read since the last refresh.
    pub fn current(&mut self, part: &Part) -> Option<Rc<Parsed>> {
        self.clock += 1;
        let kept = self.kept.get_mut(part).filter(|kept| !kept.is_old)?;
        kept.used = self.clock;
        Some(kept.parsed.clone())
    }

    /// Takes the answer for a part. One that was read by another conversation meanwhile, or has not changed, is not parsed again.
    ///
    /// # Errors
    /// Those of `parse`; what was kept before is forgotten.
    pub fn take(
        &mut self,
        part: &Part,
        body: &[u8],
        parse: impl FnOnce() -> Result<Parsed, Failure>,
    ) -> Result<Rc<Parsed>, Failure> {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let digest = hasher.finish();
        self.clock += 1;
        if let Some(kept) = self.kept.get_mut(part).filter(|kept| kept.digest == digest) {
            (kept.is_old, kept.used) = (false, self.clock);
            return Ok(kept.parsed.clone());
        }
        self.kept.remove(part);
        let parsed = Rc::new(parse()?);
        let n_bytes = parsed.table.n_bytes();
        let kept = Kept { parsed: parsed.clone(), n_bytes, digest, is_old: false, used: self.clock };
        self.kept.insert(part.clone(), kept);
        self.evict();
        Ok(parsed)
    }

    /// Everything is old. What was not asked for again since the last time is forgotten, as reads of an earlier range are.
    pub fn refresh(&mut self) {
        self.kept.retain(|_, kept| !kept.is_old);
        self.kept.values_mut().for_each(|kept| kept.is_old = true);
    }

    /// All that is kept, also what is old.
    pub fn all(&self) -> impl Iterator<Item = &Parsed> {
        self.kept.values().map(|kept| kept.parsed.as_ref())
    }

    fn evict(&mut self) {
        while self.kept.len() > 1 && self.kept.values().map(|kept| kept.n_bytes).sum::<usize>() > BUDGET_BYTES {
            let Some(oldest) = self.kept.iter().min_by_key(|(_, kept)| kept.used).map(|(part, _)| part.clone()) else {
                return;
            };
            self.kept.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Cause;

    fn part() -> Part {
        Part { file: "a.csv".into(), read: None }
    }

    #[test]
    fn a_file_is_parsed_once_until_its_bytes_change() {
        let mut store = Store::default();
        let mut n_parsed = 0;
        let mut take = |store: &mut Store, body: &[u8]| {
            let parsed = store.take(&part(), body, || {
                n_parsed += 1;
                Ok(Parsed::default())
            });
            parsed.unwrap();
            n_parsed
        };
        assert!(store.current(&part()).is_none());
        assert_eq!(take(&mut store, b"1"), 1);
        assert!(store.current(&part()).is_some());
        store.refresh();
        assert!(store.current(&part()).is_none());
        assert_eq!(take(&mut store, b"1"), 1);
        assert!(store.current(&part()).is_some());
        assert_eq!(take(&mut store, b"2"), 2);
    }

    #[test]
    fn what_is_not_asked_for_again_is_forgotten() {
        let mut store = Store::default();
        store.take(&part(), b"1", || Ok(Parsed::default())).unwrap();
        store.refresh();
        assert_eq!(store.all().count(), 1);
        store.refresh();
        assert_eq!(store.all().count(), 0);
    }

    #[test]
    fn a_file_that_cannot_be_read_any_more_is_forgotten() {
        let mut store = Store::default();
        store.take(&part(), b"1", || Ok(Parsed::default())).unwrap();
        store.take(&part(), b"2", || Err(Failure::new(Cause::Malformed, "x"))).unwrap_err();
        assert!(store.current(&part()).is_none());
    }
}
