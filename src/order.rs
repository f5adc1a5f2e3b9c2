//! Stable sorting in little code.
//!
//! std's sort is compiled anew, 4 KB each time, for every element type and every order: with some fifty of them that was a tenth of
//! the engine. Here only the moves and the comparison know the type; the sorting itself is there once, over places.
//! For lists of up to some ten thousand elements; hot loops over numbers keep std's.

use std::cmp::Ordering;

/// Sorting of slices of anything.
pub trait Order<T> {
    /// Sorts; equal elements keep their order.
    ///
    /// ```
    /// use sightline::order::Order;
    /// let mut runs = vec![(0.2_f64, "b"), (0.9, "a"), (0.2, "c")];
    /// runs.order_by(|a, b| b.0.total_cmp(&a.0));
    /// assert_eq!(runs, [(0.9, "a"), (0.2, "b"), (0.2, "c")]);
    /// ```
    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// Sorts by a key, which is made anew for each comparison; elements of equal keys keep their order.
    fn order_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);
}

impl<T> Order<T> for [T] {
    fn order_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let mut places: Vec<usize> = (0..self.len()).collect();
        sort_places(&mut places, &mut |a, b| match (self.get(a), self.get(b)) {
            (Some(a), Some(b)) => compare(a, b),
            _ => Ordering::Equal,
        });
        // Each cycle of the permutation is walked once; a place that is done points to itself.
        for start in 0..places.len() {
            let mut at = start;
            while let Some(from) = places.get_mut(at).map(|place| std::mem::replace(place, at))
                && from != start
            {
                self.swap(at, from);
                at = from;
            }
        }
    }

    fn order_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.order_by(|a, b| key(a).cmp(&key(b)));
    }
}

#[inline(never)]
fn sort_places(places: &mut [usize], compare: &mut dyn FnMut(usize, usize) -> Ordering) {
    places.sort_by(|&a, &b| compare(a, b));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_stds_stable_sort(keys in prop::collection::vec(0..20_u8, 0..200)) {
            let items: Vec<(u8, String)> = keys.iter().enumerate().map(|(i, &key)| (key, i.to_string())).collect();
            let (mut ours, mut stds) = (items.clone(), items);
            ours.order_by_key(|item| item.0);
            stds.sort_by_key(|item| item.0);
            prop_assert_eq!(&ours, &stds);
            ours.order_by(|a, b| b.0.cmp(&a.0));
            stds.sort_by_key(|pair| std::cmp::Reverse(pair.0));
            prop_assert_eq!(ours, stds);
        }
    }
}
