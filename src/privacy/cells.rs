//! Cell suppression in a table of counts whose margins are public too.
//!
//! A count from 1 to k-1 is hidden (primary). Alone that helps little: a total minus the visible cells gives it back. So each hidden cell
//! gets a *way out*: a change by one of it and of other hidden cells that leaves everything visible as it is, and every hidden
//! count possible. Where one exists the cell cannot be computed, neither by linear algebra nor by bounding
//! hidden counts as integers from 1 to k-1: at least two tables fit what is shown.
//!
//! Ways out are boxes: in some of the dimensions the change alternates between two indices, which leaves all totals over these as they are;
//! totals over the other dimensions change, and are hidden. The box that hides the least is taken. After the idea of complementary
//! suppression in Willenborg and de Waal, Elements of Statistical Disclosure Control (2001), chapter 4.

use std::collections::{BTreeSet, HashMap};

use super::beside::Beside;

/// A dense table of counts in row-major order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Size of each dimension.
    pub sizes: Vec<usize>,
    /// The counts, as many as the product of the sizes; missing ones are zero.
    pub counts: Vec<u64>,
}

/// A place in the table with its margins: an index a dimension, `None` for the total over it.
pub type Place = Vec<Option<usize>>;

/// At most so many indices on either side are tried as partners along one dimension.
const REACH: usize = 8;

/// What must not be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden(pub BTreeSet<Place>);

impl Hidden {
    /// Whether the cell or margin is hidden.
    pub fn has(&self, place: &[Option<usize>]) -> bool {
        self.0.contains(place)
    }
}

impl Counts {
    /// The sum over everything that the place stands for.
    pub fn at(&self, place: &[Option<usize>]) -> u64 {
        self.cells_below(place).into_iter().map(|cell| self.cell(&cell)).sum()
    }

    fn cell(&self, cell: &[usize]) -> u64 {
        let index = cell.iter().zip(&self.sizes).fold(0, |acc, (at, size)| acc * size + at);
        self.counts.get(index).copied().unwrap_or(0)
    }

    fn cells_below(&self, place: &[Option<usize>]) -> Vec<Vec<usize>> {
        let mut cells = vec![Vec::new()];
        for (size, at) in self.sizes.iter().zip(place) {
            let choices: Vec<usize> = at.map_or_else(|| (0..*size).collect(), |at| vec![at]);
            cells =
                cells.into_iter().flat_map(|c| choices.iter().map(move |&i| [c.clone(), vec![i]].concat())).collect();
        }
        cells
    }

    /// Every cell and margin.
    pub fn places(&self) -> Vec<Place> {
        let mut places = vec![Vec::new()];
        for size in &self.sizes {
            let choices: Vec<Option<usize>> = (0..*size).map(Some).chain([None]).collect();
            places =
                places.into_iter().flat_map(|p| choices.iter().map(move |&c| [p.clone(), vec![c]].concat())).collect();
        }
        places
    }
}

/// Hides every count from 1 to `k - 1` and what would reveal it. With `k` below 3 nothing is hidden: the only hidden count would be 1.
pub fn suppressed(table: &Counts, k: u64) -> Hidden {
    suppressed_beside(table, k, &Beside::default())
}

/// The same for a table that is shown beside others: what must be hidden in it is, with ways out, and what is shown elsewhere stays.
///
/// Where there is no such way out, nothing of the table is shown.
pub fn suppressed_beside(table: &Counts, k: u64, beside: &Beside) -> Hidden {
    if k < 3 || table.counts.is_empty() {
        return Hidden::default();
    }
    let places = table.places();
    let values: HashMap<Place, u64> = places.iter().map(|place| (place.clone(), table.at(place))).collect();
    let mut search = Search { table, values, k, beside, hidden: Hidden::default(), protected: BTreeSet::new() };
    let is_to_hide = |place: &&Place| {
        let n = search.value_at(place);
        (1..k).contains(&n) || (n > 0 && beside.forced.contains(*place))
    };
    let mut open: Vec<Place> = places.iter().filter(is_to_hide).cloned().collect();
    while !open.is_empty() {
        search.hidden.0.extend(open.iter().cloned());
        for place in &open {
            if !search.protect(place) {
                // No change by one is possible anywhere: show nothing of this table.
                return Hidden(places.into_iter().collect());
            }
        }
        open = search.few_together(&places);
    }
    search.hidden
}

struct Search<'a> {
    table: &'a Counts,
    values: HashMap<Place, u64>,
    k: u64,
    beside: &'a Beside,
    hidden: Hidden,
    /// Places that have a way out.
    protected: BTreeSet<Place>,
}

impl Search<'_> {
    fn value_at(&self, place: &[Option<usize>]) -> u64 {
        self.values.get(place).copied().unwrap_or(0)
    }

    /// Finds a way out for a hidden place and hides what it takes; `false` if there is none.
    fn protect(&mut self, place: &Place) -> bool {
        if self.protected.contains(place) {
            return true;
        }
        let Some(changed) = self.cheapest_way_out(place) else { return false };
        self.hidden.0.extend(changed.iter().cloned());
        self.protected.extend(changed);
        true
    }

    /// For each shown total whose hidden parts are from 1 to `k - 1` together, the least of its shown parts: with it they are more.
    fn few_together(&self, places: &[Place]) -> Vec<Place> {
        let mut found = BTreeSet::new();
        for total in places.iter().filter(|place| !self.hidden.has(place) && self.beside.is_shown(place)) {
            for d in (0..total.len()).filter(|&d| total.get(d).is_some_and(Option::is_none)) {
                let size = self.table.sizes.get(d).copied().unwrap_or(0);
                let part = |i: usize| -> Place {
                    total.iter().enumerate().map(|(at, own)| if at == d { Some(i) } else { *own }).collect()
                };
                let (hidden, shown): (Vec<Place>, Vec<Place>) =
                    (0..size).map(part).filter(|part| self.value_at(part) > 0).partition(|part| self.hidden.has(part));
                let together: u64 = hidden.iter().map(|part| self.value_at(part)).sum();
                if (1..self.k).contains(&together) {
                    found.extend(shown.into_iter().min_by_key(|part| self.value_at(part)));
                }
            }
        }
        found.into_iter().collect()
    }

    /// The places that change in the way out that hides the least; `None` if there is none.
    fn cheapest_way_out(&self, place: &Place) -> Option<Vec<Place>> {
        let open: Vec<usize> = (0..place.len()).filter(|&d| place.get(d).is_some_and(Option::is_some)).collect();
        let mut best: Option<(u64, Vec<Place>)> = None;
        let filled = self.table.cells_below(place).into_iter().filter(|cell| self.table.cell(cell) > 0);
        for cell in filled.take(REACH) {
            // Every set of dimensions that alternate, the most first: they keep the most totals visible.
            for set in (0..1_u32 << open.len()).rev() {
                let alternating: Vec<usize> =
                    open.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, &d)| d).collect();
                for partner in partners(self.table, &cell, &alternating) {
                    let changed = changed_places(&cell, &partner, &alternating);
                    if !self.is_possible(&changed, 1) && !self.is_possible(&changed, -1) {
                        continue;
                    }
                    let total = changed.iter().map(|(place, _)| self.cost(place)).fold(0, u64::saturating_add);
                    if best.as_ref().is_none_or(|(known, _)| total < *known) {
                        best = Some((total, changed.into_iter().map(|(place, _)| place).collect()));
                    }
                }
            }
        }
        best.map(|(_, places)| places)
    }

    /// Whether a change leaves what is small small and above zero, what is not so, every zero, and all that is shown elsewhere.
    fn is_possible(&self, changed: &[(Place, i64)], by: i64) -> bool {
        changed.iter().all(|(place, sign)| {
            let value = self.value_at(place);
            let next = value as i64 + by * sign;
            if value == 0 || self.beside.fixed.contains(place) {
                false
            } else if value < self.k {
                next >= 1 && next < self.k as i64
            } else {
                next >= self.k as i64
            }
        })
    }

    fn cost(&self, place: &Place) -> u64 {
        if self.hidden.has(place) || !self.beside.is_shown(place) {
            return 0;
        }
        // A total that goes takes more from the reader than a cell.
        let n_totals = place.iter().filter(|at| at.is_none()).count() as u32;
        self.value_at(place).saturating_add(1).saturating_mul(100_u64.saturating_pow(n_totals))
    }
}

/// The opposite corners of the boxes over the alternating dimensions: every other index in each.
fn partners(table: &Counts, cell: &[usize], alternating: &[usize]) -> Vec<Vec<usize>> {
    let mut corners = vec![cell.to_vec()];
    for &d in alternating {
        let size = table.sizes.get(d).copied().unwrap_or(0);
        let own = cell.get(d).copied().unwrap_or(0);
        corners = corners
            .into_iter()
            .flat_map(|corner| {
                (0..size).filter(move |&i| i != own && i.abs_diff(own) <= REACH).map(move |i| {
                    let mut other = corner.clone();
                    if let Some(slot) = other.get_mut(d) {
                        *slot = i;
                    }
                    other
                })
            })
            .collect();
    }
    corners
}

/// Every cell and margin that changes, with its sign: the corners of the box, and their totals over the dimensions that do not alternate.
fn changed_places(cell: &[usize], partner: &[usize], alternating: &[usize]) -> Vec<(Place, i64)> {
    let mut places: Vec<(Place, i64)> = vec![(Vec::new(), 1)];
    for (d, (&own, &other)) in cell.iter().zip(partner).enumerate() {
        let choices: [(Option<usize>, i64); 2] =
            if alternating.contains(&d) { [(Some(own), 1), (Some(other), -1)] } else { [(Some(own), 1), (None, 1)] };
        places = places
            .into_iter()
            .flat_map(|(place, sign)| {
                choices.iter().map(move |&(at, s)| ([place.clone(), vec![at]].concat(), sign * s))
            })
            .collect();
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::audit::{bounds, cells, seen};
    use super::*;

    /// Numbers from a seed (Knuth's MMIX generator).
    fn random(seed: &mut u64, below: u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) % below
    }

    #[test]
    fn a_small_cell_takes_a_box_of_others_along_and_leaves_the_totals() {
        let table = Counts { sizes: vec![3, 3], counts: vec![5, 20, 30, 40, 50, 60, 70, 80, 90] };
        let hidden = suppressed(&table, 11);
        assert_eq!(hidden.0.len(), 4, "{hidden:?}");
        assert!(hidden.has(&[Some(0), Some(0)]));
        assert!(hidden.0.iter().all(|place| place.iter().all(Option::is_some)));
    }

    #[test]
    fn where_there_is_no_partner_the_total_goes() {
        let hidden = suppressed(&Counts { sizes: vec![1], counts: vec![5] }, 11);
        assert!(hidden.has(&[Some(0)]) && hidden.has(&[None]));
        let alone = suppressed(&Counts { sizes: vec![3], counts: vec![5, 0, 0] }, 11);
        assert!(alone.has(&[None]));
    }

    #[test]
    fn nothing_small_hides_nothing_and_zeros_are_shown() {
        let table = Counts { sizes: vec![2, 2], counts: vec![0, 11, 12, 0] };
        assert_eq!(suppressed(&table, 11), Hidden::default());
    }

    #[test]
    fn ten_thousand_random_tables_reveal_nothing() {
        let mut seed = 7;
        for round in 0..10_000 {
            let sizes: Vec<usize> = match round % 4 {
                0 => vec![2 + random(&mut seed, 5) as usize],
                3 => vec![2, 2 + random(&mut seed, 2) as usize, 2],
                _ => vec![2 + random(&mut seed, 3) as usize, 2 + random(&mut seed, 3) as usize],
            };
            let scale = [4, 15, 40, 400][random(&mut seed, 4) as usize];
            let n = sizes.iter().product();
            let counts = (0..n).map(|_| random(&mut seed, scale)).collect();
            let table = Counts { sizes, counts };
            let k = [3, 5, 11][random(&mut seed, 3) as usize];
            let hidden = suppressed(&table, k);
            for place in table.places().into_iter().filter(|p| (1..k).contains(&table.at(p))) {
                assert!(hidden.has(&place), "{table:?} shows {place:?}");
                if hidden.0.len() == table.places().len() {
                    continue; // nothing is shown at all
                }
                let shown = seen(&table, &hidden);
                assert!(!shown.determines(&cells(&table, &place)), "{table:?} reveals {place:?} for k = {k}");
                let (low, high) = bounds(&table, &hidden, &place, k);
                assert!(low < high, "{table:?} pins {place:?} to {low} for k = {k}");
            }
        }
    }
}
