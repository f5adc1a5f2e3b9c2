//! Small counts of an experiment are hidden, with what would reveal them: who was exposed, who converted and who did not.

use super::counts::{Counts, Totals};
use crate::frame::{Column, Frame, Table, Values};
use crate::privacy::{Release, is_small};

const KEYS: [&str; 2] = ["variant", "segment"];
const ONES: &str = "converted";

/// One variant, of one segment where there is one.
struct Cell<'a> {
    variant: &'a str,
    segment: Option<&'a str>,
    totals: Totals,
}

impl Counts {
    /// The counts with those from 1 to `k - 1` missing (`NaN`), and with them what would reveal them. Looks at which a count is so small
    /// are left out: the tests hold at any of the others. The second value says whether anything is hidden.
    pub(super) fn guarded(self, k: Option<u32>) -> (Self, bool) {
        let Some(k) = k else { return (self, false) };
        let mut release = Release::default();
        let whole: Vec<Cell<'_>> = self.of(None).collect();
        let parts: Vec<Cell<'_>> = self.segments.keys().flat_map(|name| self.of(Some(name))).collect();
        let totals = shown(&mut release, &whole, 1, k);
        let mut by_segment = shown(&mut release, &parts, 2, k).into_iter();
        let n_variants = self.variants.len();
        let segments =
            self.segments.keys().map(|name| (name.clone(), by_segment.by_ref().take(n_variants).collect())).collect();
        let is_few = |of: &Totals| [of.n, of.hits, of.n - of.hits].iter().any(|n| is_small(n.round(), k));
        let is_shown = |(_, of): &&(f64, Vec<Totals>)| {
            of.iter().zip(&totals).all(|(at, total)| !is_few(at) && total.n.is_finite() && total.hits.is_finite())
        };
        let looks: Vec<(f64, Vec<Totals>)> = self.looks.iter().filter(is_shown).cloned().collect();
        let is_any = looks.len() < self.looks.len() || totals != self.totals || segments != self.segments;
        (Self { variants: self.variants, totals, looks, segments }, is_any)
    }

    fn of<'a>(&'a self, segment: Option<&'a String>) -> impl Iterator<Item = Cell<'a>> {
        let totals = segment.map_or(Some(&self.totals), |name| self.segments.get(name));
        let pairs = self.variants.iter().zip(totals.into_iter().flatten());
        pairs.map(move |(variant, totals)| Cell { variant, segment: segment.map(String::as_str), totals: *totals })
    }
}

/// The cells as they may be shown beside what was shown before, by the first `n_keys` keys.
fn shown(release: &mut Release, cells: &[Cell<'_>], n_keys: usize, k: u32) -> Vec<Totals> {
    // Extrapolated counts have fractions; more events than units are no rate, and hide like units.
    let count = |of: fn(&Totals) -> f64| Values::numbers(cells.iter().map(|cell| of(&cell.totals).round()));
    let columns = vec![
        Column::new(KEYS[0], Values::text(cells.iter().map(|cell| Some(cell.variant)))),
        Column::new(KEYS[1], Values::text(cells.iter().map(|cell| cell.segment))),
        Column::new("units", count(|of| of.n)),
        Column::new(ONES, count(|of| of.hits.min(of.n))),
    ];
    let Some(table) = Table::new(columns) else { return Vec::new() };
    let keys = KEYS.get(..n_keys).unwrap_or(&KEYS);
    let (guarded, _) = release.guard_counts(keys, &[ONES], &Frame::from_table(table), k);
    let is_hidden = |column: &str, row: usize| guarded.table().is_none_or(|table| table.number(column, row).is_nan());
    let one = |(row, cell): (usize, &Cell<'_>)| Totals {
        n: if is_hidden("units", row) { f64::NAN } else { cell.totals.n },
        hits: if is_hidden(ONES, row) { f64::NAN } else { cell.totals.hits },
    };
    cells.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn counts(totals: &[(f64, f64)], segments: &[(&str, &[(f64, f64)])]) -> Counts {
        let of = |pairs: &[(f64, f64)]| pairs.iter().map(|&(n, hits)| Totals { n, hits }).collect::<Vec<_>>();
        Counts {
            variants: vec!["control".to_owned(), "treatment".to_owned()],
            totals: of(totals),
            looks: vec![(1.0, of(&[(50.0, 4.0), (50.0, 20.0)])), (2.0, of(totals))],
            segments: segments.iter().map(|(name, pairs)| ((*name).to_owned(), of(pairs))).collect::<BTreeMap<_, _>>(),
        }
    }

    #[test]
    fn three_conversions_of_five_thousand_are_hidden_and_the_exposed_stay() {
        let (found, is_any) = counts(&[(5_000.0, 3.0), (5_000.0, 400.0)], &[]).guarded(Some(11));
        assert!(is_any && found.totals[0].hits.is_nan() && found.looks.is_empty());
        assert_eq!((found.totals[0].n, found.totals[1].hits), (5_000.0, 400.0));
    }

    #[test]
    fn a_segment_is_not_told_by_the_rest() {
        let segments: [(&str, &[(f64, f64)]); 3] = [
            ("eu", &[(900.0, 4.0), (900.0, 100.0)]),
            ("us", &[(900.0, 90.0), (900.0, 100.0)]),
            ("ap", &[(900.0, 95.0), (900.0, 100.0)]),
        ];
        let (found, _) = counts(&[(2_700.0, 189.0), (2_700.0, 300.0)], &segments).guarded(Some(11));
        assert_eq!(found.totals[0].hits, 189.0);
        let n_hidden = found.segments.values().filter(|of| of[0].hits.is_nan()).count();
        assert_eq!(n_hidden, 2, "alone it were the total less the others: {found:?}");
        assert!(found.segments.values().all(|of| of[0].n == 900.0 && of[1].hits == 100.0));
        assert_eq!(found.looks.len(), 1, "a look at four conversions is left out");
    }

    #[test]
    fn nothing_small_and_no_policy_hide_nothing() {
        let large = || counts(&[(5_000.0, 300.0), (5_000.5, 400.2)], &[]);
        let (found, _) = large().guarded(Some(11));
        assert_eq!(found.totals, large().totals);
        let few = counts(&[(5_000.0, 3.0), (5_000.0, 400.0)], &[]);
        assert_eq!(few.clone().guarded(None), (few, false));
    }
}
