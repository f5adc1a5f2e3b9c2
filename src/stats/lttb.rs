//! Fewer points for a line of the same look, gaps kept.
//!
//! For shape only: unlike [`super::reduce`] it promises no extremes.

use super::finite::is_present;
use minmaxlttb::{Binning, LttbBuilder, LttbMethod, Point};

/// Rows to draw instead of all: at most about `n_out` points by largest triangles (Steinarsson, 2013; preselection by Van Der Donckt et al., 2023).
///
/// Ascending row numbers of the shorter of `xs` and `ys`. A run of missing values is kept as its first row, so that the line breaks there;
/// the ends of each run of present values are kept, so many gaps may yield more than `n_out`.
/// `xs` that do not ascend strictly are replaced by row numbers.
pub fn lttb(xs: &[f64], ys: &[f64], n_out: usize) -> Vec<usize> {
    let n = xs.len().min(ys.len());
    let (xs, ys) = (xs.get(..n).unwrap_or_default(), ys.get(..n).unwrap_or_default());
    if n <= n_out {
        return (0..n).collect();
    }
    let ascends = xs.iter().all(|&x| is_present(x)) && xs.iter().zip(xs.iter().skip(1)).all(|(a, b)| a < b);
    let n_present = ys.iter().filter(|&&y| is_present(y)).count();
    let mut kept = Vec::with_capacity(n_out);
    let mut start = 0;
    for run in ys.chunk_by(|a, b| is_present(*a) == is_present(*b)) {
        let rows = start..start + run.len();
        start = rows.end;
        if !run.first().is_some_and(|&y| is_present(y)) {
            kept.push(rows.start);
            continue;
        }
        let x_of = |row: usize| {
            if ascends { xs.get(row).copied().unwrap_or(f64::NAN) } else { row as f64 }
        };
        let points: Vec<Point> = rows.clone().zip(run).map(|(row, &y)| Point::new(x_of(row), y)).collect();
        let share = (n_out as u128 * run.len() as u128).div_ceil(n_present as u128) as usize;
        kept.extend(rows_of_run(&points, share.max(3)).into_iter().map(|place| rows.start + place));
    }
    kept
}

/// Places in `points`, which ascend strictly in x.
fn rows_of_run(points: &[Point], n_out: usize) -> Vec<usize> {
    if points.len() <= n_out {
        return (0..points.len()).collect();
    }
    let by = |method| LttbBuilder::new().threshold(n_out).method(method).ratio(4).build().downsample(points);
    // Very uneven x leave fewer preselected points than wanted; then all are considered.
    let chosen = by(LttbMethod::MinMax).or_else(|_| minmaxlttb::lttb(points, n_out, Binning::ByCount));
    let place = |point: &Point| points.partition_point(|other| other.x() < point.x());
    let mut places: Vec<usize> =
        chosen.map_or_else(|_| (0..points.len()).collect(), |chosen| chosen.iter().map(place).collect());
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_gap_stays_a_break() {
        let xs: Vec<f64> = (0..100).map(f64::from).collect();
        let mut ys: Vec<f64> = xs.iter().map(|x| x.sin()).collect();
        ys[40..45].fill(f64::NAN);
        let rows = lttb(&xs, &ys, 20);
        assert!(rows.contains(&39) && rows.contains(&40) && rows.contains(&45) && !rows.contains(&41));
        assert!(rows.len() <= 24);
    }

    #[test]
    fn few_points_are_all_kept() {
        assert_eq!(lttb(&[0.0, 1.0], &[5.0, 6.0, 7.0], 10), [0, 1]);
        assert!(lttb(&[], &[], 3).is_empty());
    }

    proptest! {
        #[test]
        fn rows_ascend_and_keep_the_ends(ys in prop::collection::vec(-1.0..1.0_f64, 4..500), n_out in 0..60_usize, is_tied in any::<bool>()) {
            let xs: Vec<f64> = (0..ys.len()).map(|row| if is_tied { (row / 3) as f64 } else { (row * row) as f64 }).collect();
            let rows = lttb(&xs, &ys, n_out);
            prop_assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!((rows.first(), rows.last()), (Some(&0), Some(&(ys.len() - 1))));
            prop_assert!(rows.len() <= n_out.max(3));
        }
    }
}
