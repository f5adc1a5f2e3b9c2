//! One table of counts that was shown, and what it says of another.
//!
//! Of the same rows the totals over what two tables do not share are the same numbers. Of some of the rows, what is left between them
//! is a count of people too.

use std::collections::BTreeSet;

use super::beside::Beside;
use super::cells::{Counts, Hidden, Place};
use super::guard::Grid;
use super::nested::few_apart;
use crate::query::{Bucket, GroupsQuery, MatchOp, Matcher};

/// A column, and the bucket that its times are put in.
type Key = (String, Option<Bucket>);

/// One table of counts, with what of it is hidden.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) query: GroupsQuery,
    /// What tells its rows apart, in the order of its dimensions.
    keys: Vec<Key>,
    /// The column that parts its people, if one does: the last dimension is then who has none and who has one.
    parted_by: Option<String>,
    names: Vec<Vec<Option<String>>>,
    pub(super) counts: Counts,
    pub(super) hidden: Hidden,
    /// Totals over a part of their line, of which it is not known whether they are shown.
    unsure: BTreeSet<Place>,
}

impl Shown {
    pub(super) fn new(query: &GroupsQuery, grid: &Grid, parted_by: Option<&str>, counts: Counts) -> Self {
        Self {
            keys: query.keys.iter().map(|key| (key.column.clone(), key.bucket)).collect(),
            query: query.clone(),
            parted_by: parted_by.map(str::to_owned),
            names: grid.names.clone(),
            counts,
            hidden: Hidden::default(),
            unsure: BTreeSet::new(),
        }
    }

    /// Notes what a table that was shown before says about this one.
    pub(super) fn learn(&self, before: &Self, beside: &mut Beside, k: u32) {
        let of = |shown: &Self| {
            let q = &shown.query;
            (q.source.clone(), q.table.clone(), q.time.clone(), q.may_lack_time, q.unit.clone())
        };
        if of(self) != of(before) || self.parted_by != before.parted_by {
            return;
        }
        let is_inner = is_within(&self.query, &before.query);
        let is_outer = is_within(&before.query, &self.query);
        if is_inner && is_outer {
            return self.learn_of_same(before, beside, k);
        }
        if is_inner && let Some(slice) = before.sliced(&self.query) {
            self.learn_of_same(&slice, beside, k);
        }
        if is_outer && let Some(slice) = self.sliced(&before.query) {
            let mut of_slice = Beside::default();
            slice.learn_of_same(before, &mut of_slice, k);
            let own = |places: &BTreeSet<Place>| -> Vec<Place> {
                places.iter().filter_map(|place| self.place_of(&slice, &slice.named(place))).collect()
            };
            beside.forced.extend(own(&of_slice.forced));
            beside.fixed.extend(own(&of_slice.fixed));
        }
        if is_inner || is_outer {
            self.learn_of_apart(before, beside, k);
        }
    }

    /// Of the same people in other groups: both tables have the totals over what they do not share.
    fn learn_of_same(&self, before: &Self, beside: &mut Beside, k: u32) {
        let shared = self.shared(before);
        let is_cell = |place: &Place| place.iter().zip(&before.keys).all(|(at, key)| at.is_some() || !self.has(key));
        let adds_up = shared.iter().filter(|(_, other)| is_cell(other)).all(|(own, other)| match own {
            Some(own) => self.n(own) == before.n(other),
            None => before.counts.at(other) == 0,
        });
        if adds_up {
            for (own, other) in shared {
                let Some(own) = own.filter(|_| !before.unsure.contains(&other)) else { continue };
                if before.hidden.has(&other) {
                    beside.forced.insert(own)
                } else {
                    beside.fixed.insert(own)
                };
            }
            return;
        }
        // Who is in several groups: those who are in the whole and not in the part are people too.
        let all_keys = |some: &Self, of: &Self| some.keys.iter().all(|key| of.has(key));
        if all_keys(before, self) {
            for place in self.cells() {
                let within = before.place_of(self, &place).filter(|within| !before.hidden.has(within));
                if within.is_some_and(|within| few_apart(before.n(&within), self.n(&place), k)) {
                    beside.forced.insert(place);
                }
            }
        } else if all_keys(self, before) {
            for part in before.cells().filter(|part| !before.hidden.has(part)) {
                if let Some(own) = self.place_of(before, &part)
                    && few_apart(self.n(&own), before.n(&part), k)
                {
                    beside.forced.insert(own);
                }
            }
        }
    }

    /// Of some of these people, or of more: what is left between the two is a count of people too, and where nobody is, they are the same.
    fn learn_of_apart(&self, before: &Self, beside: &mut Beside, k: u32) {
        for (own, other) in self.shared(before) {
            let Some(own) = own else { continue };
            let (is_same, is_few) = (self.n(&own) == before.n(&other), few_apart(self.n(&own), before.n(&other), k));
            match before.hidden.has(&other) {
                true if is_same || is_few => beside.forced.insert(own),
                false if is_few => beside.forced.insert(own),
                false if is_same => beside.fixed.insert(own),
                _ => continue,
            };
        }
    }

    /// The places of another table over keys that both have, with the places that they are here, where they are.
    fn shared(&self, before: &Self) -> Vec<(Option<Place>, Place)> {
        let is_shared = |place: &Place| place.iter().zip(&before.keys).all(|(at, key)| at.is_none() || self.has(key));
        let places = before.counts.places().into_iter().filter(is_shared);
        places.map(|other| (self.place_of(before, &other), other)).collect()
    }

    fn has(&self, key: &Key) -> bool {
        self.keys.contains(key)
    }

    fn cells(&self) -> impl Iterator<Item = Place> {
        self.counts.places().into_iter().filter(|place| place.iter().all(Option::is_some))
    }

    fn n(&self, place: &Place) -> f64 {
        self.counts.at(place) as f64
    }

    /// The part of the table that a narrower question is about; `None` where the keys do not tell it apart.
    fn sliced(&self, query: &GroupsQuery) -> Option<Self> {
        let mut kept: Vec<Vec<usize>> = self.names.iter().map(|names| (0..names.len()).collect()).collect();
        for matcher in query.matchers.iter().filter(|matcher| !self.query.matchers.contains(matcher)) {
            let d = self.keys.iter().position(|(column, bucket)| *column == matcher.label && bucket.is_none())?;
            let names = self.names.get(d)?;
            let is_of = |at: &usize| {
                let name = names.get(*at).and_then(Option::as_deref).unwrap_or_default();
                let is_named = matcher.values.iter().any(|value| value == name);
                if matcher.op == MatchOp::In { is_named } else { !is_named }
            };
            if !matches!(matcher.op, MatchOp::In | MatchOp::NotIn) {
                return None;
            }
            kept.get_mut(d)?.retain(is_of);
        }
        let is_of_time = query.time.is_none() || query.range == self.query.range;
        if !is_of_time {
            let d = self
                .keys
                .iter()
                .position(|(column, bucket)| Some(column) == query.time.as_ref() && bucket.is_some())?;
            let (names, bucket) = (self.names.get(d)?, self.keys.get(d)?.1?);
            let start = |at: &usize| Some(names.get(*at)?.as_ref()?.parse::<f64>().ok()? as i64);
            let is_of =
                |at: &usize| start(at).is_some_and(|start| start >= query.range.from_ms && start < query.range.to_ms);
            // A bucket that the range cuts is told apart by neither.
            let cuts = [query.range.from_ms, query.range.to_ms];
            let ends = [self.query.range.from_ms, self.query.range.to_ms];
            if cuts.iter().any(|cut| bucket.start_ms(*cut) != *cut && !ends.contains(cut)) {
                return None;
            }
            kept.get_mut(d)?.retain(is_of);
        }
        let pick = |(names, kept): (&Vec<Option<String>>, &Vec<usize>)| -> Vec<Option<String>> {
            kept.iter().filter_map(|at| names.get(*at).cloned()).collect()
        };
        let names: Vec<Vec<Option<String>>> = self.names.iter().zip(&kept).map(pick).collect();
        let sizes: Vec<usize> = names.iter().map(Vec::len).collect();
        let mut slice = Self {
            query: query.clone(),
            counts: Counts { counts: Vec::new(), sizes },
            names,
            hidden: Hidden::default(),
            ..self.clone()
        };
        let whole = |place: &Place| -> Place {
            let one = |d: usize| match (place.get(d).copied().flatten(), kept.get(d).map(Vec::as_slice)) {
                (Some(at), Some(kept)) => kept.get(at).copied(),
                (None, Some([only])) if self.names.get(d).is_some_and(|names| names.len() > 1) => Some(*only),
                _ => None,
            };
            (0..place.len()).map(one).collect()
        };
        let cells: Vec<Place> = slice.cells().collect();
        slice.counts.counts = cells.iter().map(|place| self.counts.at(&whole(place))).collect();
        for place in slice.counts.places() {
            let is_cut = place
                .iter()
                .zip(&kept)
                .zip(&self.names)
                .any(|((at, kept), names)| at.is_none() && kept.len() != names.len() && kept.len() != 1);
            if is_cut {
                slice.unsure.insert(place);
            } else if self.hidden.has(&whole(&place)) {
                slice.hidden.0.insert(place);
            }
        }
        Some(slice)
    }

    /// The place here that a place of another table stands for; total over the keys that the other lacks. `None` where it is not here.
    fn place_of(&self, other: &Self, place: &Place) -> Option<Place> {
        let n_parts = usize::from(self.parted_by.is_some());
        let at = |d: usize| -> Option<Option<usize>> {
            let of = match self.keys.get(d) {
                Some(key) => other.keys.iter().position(|known| known == key),
                None => Some(other.keys.len()),
            };
            let Some((of, at)) = of.and_then(|of| place.get(of).copied().flatten().map(|at| (of, at))) else {
                return Some(None);
            };
            let name = other.names.get(of)?.get(at)?;
            Some(Some(self.names.get(d)?.iter().position(|known| known == name)?))
        };
        (0..self.keys.len() + n_parts).map(at).collect()
    }

    /// The same place with a cell for the total over one only value: what it is in a table that has more.
    fn named(&self, place: &Place) -> Place {
        let one = |(at, names): (&Option<usize>, &Vec<Option<String>>)| at.or((names.len() == 1).then_some(0));
        place.iter().zip(&self.names).map(one).collect()
    }
}

/// Whether every row that one question asks for is asked for by another: its time and conditions are narrower, or the same.
fn is_within(inner: &GroupsQuery, outer: &GroupsQuery) -> bool {
    let (own, range) = (inner.range, outer.range);
    let is_in_time = inner.time.is_none() || (own.from_ms >= range.from_ms && own.to_ms <= range.to_ms);
    let all_in = |some: &Matcher, of: &Matcher| some.values.iter().all(|value| of.values.contains(value));
    let implies = |one: &Matcher, other: &Matcher| {
        one.label == other.label
            && match (one.op, other.op) {
                (MatchOp::In, MatchOp::In) => all_in(one, other),
                (MatchOp::NotIn, MatchOp::NotIn) => all_in(other, one),
                (MatchOp::In, MatchOp::NotIn) => one.values.iter().all(|value| !other.values.contains(value)),
                _ => one == other,
            }
    };
    is_in_time && outer.matchers.iter().all(|other| inner.matchers.iter().any(|one| implies(one, other)))
}
