//! What a bootstrap draws with replacement and what its jackknife leaves out.

use super::Design;
use crate::stats::rng::Rng;

/// Most units that are left out one by one; above it random blocks of units are, whose skewness estimates the same number.
const MAX_JACKKNIFE: usize = 1_000;

/// The rows with what is drawn of them.
pub(super) struct Units {
    pub(super) n_rows: usize,
    kind: Kind,
}

enum Kind {
    Rows,
    Groups(Vec<Vec<usize>>),
    Strata(Vec<Vec<usize>>),
    Blocks(usize),
}

impl Units {
    pub(super) fn new(design: Design) -> Self {
        match design {
            Design::Rows(n_rows) => Self { n_rows, kind: Kind::Rows },
            Design::Groups(ids) => Self { n_rows: ids.len(), kind: Kind::Groups(rows_by_id(ids)) },
            Design::Strata(ids) => Self { n_rows: ids.len(), kind: Kind::Strata(rows_by_id(ids)) },
            Design::Blocks { n, block_rows } => Self { n_rows: n, kind: Kind::Blocks(block_rows.clamp(1, n.max(1))) },
        }
    }

    /// Blocks overlap, so that leaving one out is not defined.
    pub(super) fn has_jackknife(&self) -> bool {
        !matches!(self.kind, Kind::Blocks(_))
    }

    /// Number of units: rows, groups, or blocks' worth of rows.
    pub(super) fn len(&self) -> usize {
        match &self.kind {
            Kind::Rows | Kind::Strata(_) => self.n_rows,
            Kind::Groups(groups) => groups.len(),
            Kind::Blocks(block_rows) => self.n_rows.div_ceil(*block_rows),
        }
    }

    /// Replaces `rows` by those of one resample.
    pub(super) fn draw(&self, rng: &mut Rng, rows: &mut Vec<usize>) {
        rows.clear();
        match &self.kind {
            Kind::Rows => rows.extend((0..self.n_rows).map(|_| rng.below(self.n_rows))),
            Kind::Groups(groups) => {
                for _ in groups {
                    rows.extend(groups.get(rng.below(groups.len())).into_iter().flatten());
                }
            }
            Kind::Strata(strata) => {
                for stratum in strata {
                    rows.extend(stratum.iter().filter_map(|_| stratum.get(rng.below(stratum.len()))));
                }
            }
            Kind::Blocks(block_rows) => {
                // The series goes round, so that its ends are drawn as often as its middle (Politis and Romano, 1992): a total would
                // else lie beside its own interval where the ends are low, as the first and last week of a range are.
                while rows.len() < self.n_rows {
                    let start = rng.below(self.n_rows);
                    let wanted = (self.n_rows - rows.len()).min(*block_rows);
                    rows.extend((start..start + wanted).map(|row| row % self.n_rows));
                }
            }
        }
    }

    /// Per stratum (one, if there are none) the sets of rows that are left out in turn.
    pub(super) fn jackknife_parts(&self, rng: &mut Rng) -> Vec<Vec<Vec<usize>>> {
        match &self.kind {
            Kind::Groups(groups) => vec![merged(groups.clone(), MAX_JACKKNIFE, rng)],
            Kind::Strata(strata) => {
                let share = (MAX_JACKKNIFE / strata.len().max(1)).max(2);
                let parts = |stratum: &Vec<usize>| merged(singles(stratum), share, rng);
                // A stratum of one row never varies.
                strata.iter().filter(|stratum| stratum.len() > 1).map(parts).collect()
            }
            Kind::Rows | Kind::Blocks(_) => {
                vec![merged(singles(&(0..self.n_rows).collect::<Vec<_>>()), MAX_JACKKNIFE, rng)]
            }
        }
    }
}

fn singles(rows: &[usize]) -> Vec<Vec<usize>> {
    rows.iter().map(|&row| vec![row]).collect()
}

/// Deals the parts at random into `limit` larger ones, if there are more.
fn merged(mut parts: Vec<Vec<usize>>, limit: usize, rng: &mut Rng) -> Vec<Vec<usize>> {
    if parts.len() <= limit {
        return parts;
    }
    rng.shuffle(&mut parts);
    let mut dealt = vec![Vec::new(); limit];
    for (place, part) in parts.into_iter().enumerate() {
        if let Some(pile) = dealt.get_mut(place % limit) {
            pile.extend(part);
        }
    }
    dealt
}

fn rows_by_id(ids: &[u32]) -> Vec<Vec<usize>> {
    let mut rows: std::collections::BTreeMap<u32, Vec<usize>> = std::collections::BTreeMap::new();
    for (row, &id) in ids.iter().enumerate() {
        rows.entry(id).or_default().push(row);
    }
    rows.into_values().collect()
}
