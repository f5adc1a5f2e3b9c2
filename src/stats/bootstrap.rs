//! Bootstrap intervals, seeded, for any statistic of rows.
//!
//! The statistic is a function of row indices, so that paired columns, ratios and tables need no copy.
//! It may answer `NaN` for a resample on which it is undefined (a class that was not drawn);
//! such resamples are counted and left out, and with more than 5 % of them there is no interval.
//! Must not know what the rows are.

mod block_length;
mod units;

pub use block_length::block_length;

use super::dist;
use super::finite::is_present;
use super::interval::Interval;
use super::quantile::quantile_sorted;
use super::rng::Rng;
use units::Units;

/// What is drawn with replacement.
#[derive(Clone, Copy, Debug)]
pub enum Design<'a> {
    /// Rows `0..n`, taken as independent.
    Rows(usize),
    /// Whole groups (the user, not the request): `ids[row]` names the row's group.
    Groups(&'a [u32]),
    /// Rows within their stratum (the class), so that each keeps its size: `ids[row]` names the row's stratum.
    Strata(&'a [u32]),
    /// Overlapping blocks of `block_rows` neighbours of a series of `n` rows (Künsch, 1989), cut to `n` rows.
    Blocks {
        /// Length of the series.
        n: usize,
        /// Length of a block, as from [`block_length`]; taken as at least 1 and at most `n`.
        block_rows: usize,
    },
}

/// How an interval is read off the replicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Bias-corrected and accelerated (Efron, 1987). For [`Design::Blocks`], where no jackknife is defined, the same as `Percentile`.
    Bca,
    /// Plain quantiles of the replicates.
    Percentile,
}

/// Settings of a bootstrap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// How the interval is read; default is `Bca`.
    pub method: Method,
    /// Number of resamples; default is 2,000.
    pub n_resamples: usize,
    /// Confidence level between 0 and 1, both excluded; default is 0.95.
    pub level: f64,
    /// Seed of the resampling; default is 0.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { method: Method::Bca, n_resamples: 2_000, level: 0.95, seed: 0 }
    }
}

/// An estimate with its bootstrap interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// The statistic of all rows; finite.
    pub estimate: f64,
    /// Its interval; `None` below two units and where more than 5 % of the resamples have no value.
    pub interval: Option<Interval>,
    /// Standard deviation of the replicates; `NaN` where there is no interval.
    pub standard_error: f64,
    /// Number of units that were resampled: rows, groups or blocks' worth of rows.
    pub n_units: usize,
    /// Resamples on which the statistic was not finite.
    pub n_undefined: usize,
    /// The finite replicates, ascending.
    pub replicates: Vec<f64>,
}

/// Estimates `statistic` and its interval by resampling.
///
/// The statistic receives row indices, with repetitions and in no useful order except for blocks, and returns its value.
/// `None` if there are no rows, the level is not between 0 and 1, or the statistic of all rows is not finite.
///
/// ```
/// use sightline::stats::bootstrap::{bootstrap, Config, Design};
/// let latency = [12.0, 15.0, 11.0, 90.0, 14.0, 13.0, 16.0, 12.5];
/// let mean = |rows: &[usize]| rows.iter().filter_map(|&row| latency.get(row)).sum::<f64>() / rows.len() as f64;
/// let result = bootstrap(Design::Rows(latency.len()), Config::default(), mean).unwrap();
/// assert!(result.interval.unwrap().contains(result.estimate));
/// assert_eq!(bootstrap(Design::Rows(0), Config::default(), mean), None);
/// ```
pub fn bootstrap(design: Design, config: Config, statistic: impl Fn(&[usize]) -> f64) -> Option<Bootstrap> {
    let units = Units::new(design);
    let all: Vec<usize> = (0..units.n_rows).collect();
    if all.is_empty() || !(config.level > 0.0 && config.level < 1.0) {
        return None;
    }
    let estimate = statistic(&all);
    if !is_present(estimate) {
        return None;
    }
    let n_units = units.len();
    let mut rng = Rng::new(config.seed);
    let mut replicates = Vec::with_capacity(config.n_resamples);
    let mut rows = Vec::with_capacity(units.n_rows);
    for _ in 0..config.n_resamples {
        units.draw(&mut rng, &mut rows);
        replicates.push(statistic(&rows));
    }
    replicates.retain(|&value| is_present(value));
    replicates.sort_unstable_by(f64::total_cmp);
    let n_undefined = config.n_resamples - replicates.len();
    let is_defined = n_units > 1 && replicates.len() > 1 && n_undefined * 20 <= config.n_resamples;
    let interval =
        is_defined.then(|| read_interval(&units, config, &statistic, estimate, &replicates, &mut rng)).flatten();
    let spread = super::finite::variance(&replicates).map_or(f64::NAN, f64::sqrt);
    let standard_error = if interval.is_some() { spread } else { f64::NAN };
    Some(Bootstrap { estimate, interval, standard_error, n_units, n_undefined, replicates })
}

fn read_interval(
    units: &Units,
    config: Config,
    statistic: &impl Fn(&[usize]) -> f64,
    estimate: f64,
    replicates: &[f64],
    rng: &mut Rng,
) -> Option<Interval> {
    let tails = [(1.0 - config.level) / 2.0, f64::midpoint(1.0, config.level)];
    let bca = config.method == Method::Bca && units.has_jackknife();
    let [low, high] = if bca {
        let bias = bias_correction(replicates, estimate);
        let acceleration = acceleration(units, statistic, rng)?;
        tails.map(|tail| bca_tail(tail, bias, acceleration))
    } else {
        tails
    };
    Interval::new(quantile_sorted(replicates, low)?, quantile_sorted(replicates, high)?)
}

/// z0: the normal quantile of the share of replicates below the estimate, ties half counted.
fn bias_correction(replicates: &[f64], estimate: f64) -> f64 {
    let below = replicates.partition_point(|&value| value < estimate);
    let up_to = replicates.partition_point(|&value| value <= estimate);
    let share = (below + up_to) as f64 / (2 * replicates.len()) as f64;
    // An estimate outside all replicates would push the tails to one end; half a replicate is the most that is known.
    let margin = 0.5 / replicates.len() as f64;
    dist::normal_quantile(share.clamp(margin, 1.0 - margin))
}

/// Efron and Tibshirani (1993), equation 14.10.
fn bca_tail(tail: f64, bias: f64, acceleration: f64) -> f64 {
    let shifted = bias + dist::normal_quantile(tail);
    let scale = 1.0 - acceleration * shifted;
    // Beyond the pole the formula turns around; the tail has then reached its end.
    if scale > 0.0 { dist::normal_cdf(bias + shifted / scale) } else { f64::from(u8::from(shifted > 0.0)) }
}

/// Equation 14.15 of Efron and Tibshirani (1993), summed over strata; `None` if a leave-out has no value.
fn acceleration(units: &Units, statistic: &impl Fn(&[usize]) -> f64, rng: &mut Rng) -> Option<f64> {
    let (mut squares, mut cubes) = (0.0, 0.0);
    for parts in units.jackknife_parts(rng) {
        let mut left_out = vec![false; units.n_rows];
        let mut values = Vec::with_capacity(parts.len());
        let mut rows = Vec::with_capacity(units.n_rows);
        for part in &parts {
            set(&mut left_out, part, true);
            rows.clear();
            rows.extend((0..units.n_rows).filter(|&row| !left_out.get(row).copied().unwrap_or(false)));
            values.push(statistic(&rows));
            set(&mut left_out, part, false);
        }
        if !values.iter().all(|&value| is_present(value)) {
            return None;
        }
        let centre = super::finite::mean(&values)?;
        let scale = values.len() as f64 - 1.0;
        for deviation in values.iter().map(|value| (centre - value) * scale) {
            squares += deviation.powi(2) / (parts.len() as f64).powi(2);
            cubes += deviation.powi(3) / (parts.len() as f64).powi(3);
        }
    }
    Some(if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 })
}

fn set(flags: &mut [bool], rows: &[usize], value: bool) {
    for &row in rows {
        if let Some(flag) = flags.get_mut(row) {
            *flag = value;
        }
    }
}

/// Codes for arbitrary keys, as [`Design::Groups`] and [`Design::Strata`] want them: equal keys get equal codes, in ascending order of the keys.
pub fn codes<K: Ord>(keys: &[K]) -> Vec<u32> {
    let mut distinct: Vec<&K> = keys.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    keys.iter().map(|key| distinct.partition_point(|&other| other < key) as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_of(values: &[f64]) -> impl Fn(&[usize]) -> f64 + '_ {
        |rows| rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64
    }

    fn normals(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = Rng::new(seed);
        (0..n).map(|_| rng.normal()).collect()
    }

    #[test]
    fn same_seed_same_interval() {
        let values = normals(50, 1);
        let run = |seed| bootstrap(Design::Rows(50), Config { seed, ..Config::default() }, mean_of(&values)).unwrap();
        assert_eq!(run(4), run(4));
        assert_ne!(run(4).interval, run(5).interval);
    }

    #[test]
    fn interval_of_a_normal_mean_is_near_the_t_interval() {
        let values = normals(200, 2);
        let result = bootstrap(Design::Rows(200), Config::default(), mean_of(&values)).unwrap();
        let error = (super::super::finite::variance(&values).unwrap() / 200.0).sqrt();
        assert!((result.standard_error / error - 1.0).abs() < 0.06);
        assert!((result.interval.unwrap().width() / (2.0 * 1.972 * error) - 1.0).abs() < 0.08);
    }

    #[test]
    fn repeated_rows_of_a_group_add_no_information() {
        let users = normals(40, 3);
        let rows: Vec<f64> = users.iter().flat_map(|&value| [value; 25]).collect();
        let ids: Vec<u32> = (0..40).flat_map(|id| [id; 25]).collect();
        let by_user = bootstrap(Design::Rows(40), Config::default(), mean_of(&users)).unwrap();
        let grouped = bootstrap(Design::Groups(&ids), Config::default(), mean_of(&rows)).unwrap();
        assert_eq!(grouped.n_units, 40);
        assert!((grouped.interval.unwrap().width() / by_user.interval.unwrap().width() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn strata_keep_their_sizes() {
        let ids = [0, 0, 0, 1, 1, 2];
        let is_kept = |rows: &[usize]| {
            let of = |id| rows.iter().filter(|&&row| ids[row] == id).count();
            f64::from(u8::from([of(0), of(1), of(2)] == [3, 2, 1]))
        };
        let result =
            bootstrap(Design::Strata(&ids), Config { method: Method::Percentile, ..Config::default() }, is_kept)
                .unwrap();
        assert!(result.replicates.iter().all(|&kept| kept == 1.0));
    }

    #[test]
    fn blocks_widen_the_interval_of_a_correlated_series() {
        let mut level = 0.0;
        let series: Vec<f64> = normals(2_000, 4)
            .iter()
            .map(|shock| {
                level = 0.8 * level + shock;
                level
            })
            .collect();
        let block_rows = block_length(&series);
        assert!((10..80).contains(&block_rows), "{block_rows}");
        let wide = bootstrap(Design::Blocks { n: 2_000, block_rows }, Config::default(), mean_of(&series)).unwrap();
        let naive = bootstrap(Design::Rows(2_000), Config::default(), mean_of(&series)).unwrap();
        // The variance of the mean grows by (1 + 0.8) / (1 - 0.8), its root by 3.
        let ratio = wide.standard_error / naive.standard_error;
        assert!((2.2..3.4).contains(&ratio), "{ratio}");
    }

    #[test]
    fn blocks_draw_the_ends_of_a_series_as_often_as_its_middle() {
        // A total over weeks, of which the first and the last are cut by the range.
        let weeks: Vec<f64> = (0..14).map(|week| if week == 0 || week == 13 { 1.0 } else { 10.0 }).collect();
        let total = |rows: &[usize]| rows.iter().map(|&row| weeks[row]).sum::<f64>();
        let found = bootstrap(Design::Blocks { n: 14, block_rows: 4 }, Config::default(), total).unwrap();
        let mean = found.replicates.iter().sum::<f64>() / found.replicates.len() as f64;
        assert!((mean - found.estimate).abs() < 3.0 * found.standard_error / (2_000.0_f64).sqrt(), "{mean}");
        assert!(found.interval.unwrap().contains(found.estimate));
    }

    #[test]
    fn undefined_resamples_are_counted_and_many_forbid_an_interval() {
        let needs_row_zero = |rows: &[usize]| {
            if rows.contains(&0) { rows.len() as f64 } else { f64::NAN }
        };
        let result = bootstrap(Design::Rows(10), Config::default(), needs_row_zero).unwrap();
        assert!((500..900).contains(&result.n_undefined)); // about 0.9^10 = 35 % of 2,000
        assert_eq!(result.interval, None);
    }

    #[test]
    fn degenerate_input_has_no_interval() {
        let constant = |_: &[usize]| 1.0;
        assert_eq!(bootstrap(Design::Rows(1), Config::default(), constant).unwrap().interval, None);
        assert_eq!(bootstrap(Design::Rows(3), Config { level: 1.0, ..Config::default() }, constant), None);
        assert_eq!(bootstrap(Design::Rows(3), Config::default(), |_: &[usize]| f64::NAN), None);
        let flat = bootstrap(Design::Rows(9), Config::default(), constant).unwrap();
        assert_eq!(flat.interval, Interval::new(1.0, 1.0));
    }

    #[test]
    fn block_length_of_no_information_is_one() {
        assert_eq!([block_length(&[]), block_length(&[2.0; 50]), block_length(&[f64::NAN; 9])], [1, 1, 1]);
    }

    #[test]
    fn codes_follow_the_order_of_the_keys() {
        assert_eq!(codes(&["b", "a", "b", "c"]), [1, 0, 1, 2]);
    }
}
