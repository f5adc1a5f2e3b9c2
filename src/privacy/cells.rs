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
    let values: HashMap<Place, u64> =
        table.places().into_iter().map(|place| (place.clone(), table.at(&place))).collect();
    let mut hidden = Hidden::default();
    if k < 3 || table.counts.is_empty() {
        return hidden;
    }
    let small: Vec<Place> =
        table.places().into_iter().filter(|place| values.get(place).is_some_and(|n| (1..k).contains(n))).collect();
    hidden.0.extend(small.iter().cloned());
    let mut protected: BTreeSet<Place> = BTreeSet::new();
    for place in small {
        if protected.contains(&place) {
            continue;
        }
        match cheapest_way_out(table, &values, k, &hidden, &place) {
            Some(changed) => {
                hidden.0.extend(changed.iter().cloned());
                protected.extend(changed);
            }
            // No change by one is possible anywhere: show nothing of this table.
            None => return Hidden(table.places().into_iter().collect()),
        }
    }
    hidden
}

/// The places that change in the way out that hides the least; `None` if there is none.
fn cheapest_way_out(
    table: &Counts,
    values: &HashMap<Place, u64>,
    k: u64,
    hidden: &Hidden,
    place: &Place,
) -> Option<Vec<Place>> {
    let value_at = |place: &Place| values.get(place).copied().unwrap_or(0);
    let cell = table.cells_below(place).into_iter().find(|cell| table.cell(cell) > 0)?;
    let open: Vec<usize> = (0..place.len()).filter(|&d| place.get(d).is_some_and(Option::is_some)).collect();
    let mut best: Option<(u64, Vec<Place>)> = None;
    // Every set of dimensions that alternate, the most first: they keep the most totals visible.
    for set in (0..1_u32 << open.len()).rev() {
        let alternating: Vec<usize> =
            open.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, &d)| d).collect();
        for partner in partners(table, &cell, &alternating) {
            let changed = changed_places(&cell, &partner, &alternating);
            let is_possible = |by: i64| {
                changed.iter().all(|(place, sign)| {
                    let value = value_at(place);
                    let next = value as i64 + by * sign;
                    // What is small stays small and above zero; what is not stays so; a zero is known and stays.
                    if value == 0 {
                        false
                    } else if value < k {
                        next >= 1 && next < k as i64
                    } else {
                        next >= k as i64
                    }
                })
            };
            if !is_possible(1) && !is_possible(-1) {
                continue;
            }
            let cost = |place: &Place| {
                if hidden.has(place) {
                    0
                } else {
                    // A total that goes takes more from the reader than a cell.
                    let n_totals = place.iter().filter(|at| at.is_none()).count() as u32;
                    value_at(place).saturating_add(1).saturating_mul(100_u64.saturating_pow(n_totals))
                }
            };
            let total = changed.iter().map(|(place, _)| cost(place)).fold(0, u64::saturating_add);
            if best.as_ref().is_none_or(|(known, _)| total < *known) {
                best = Some((total, changed.into_iter().map(|(place, _)| place).collect()));
            }
        }
    }
    best.map(|(_, places)| places)
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
    use super::super::audit::{bounds, is_determined};
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
                assert!(!is_determined(&table, &hidden, &place), "{table:?} reveals {place:?} for k = {k}");
                let (low, high) = bounds(&table, &hidden, &place, k);
                assert!(low < high, "{table:?} pins {place:?} to {low} for k = {k}");
            }
        }
    }
}
