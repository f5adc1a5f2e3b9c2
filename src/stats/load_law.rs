//! Laws of latency under load, fitted to pairs of both.
//!
//! Queueing: `latency = base / (1 - load / capacity)`, the mean of an M/M/1 queue, whose quantiles follow the same law
//! (Kleinrock, *Queueing Systems*, 1975). Linear: `latency = base + slope x load`, for a service that never queues.
//! Errors are relative, since latency varies by factors; loads and latencies must be positive and finite.

/// A fitted law; latency in the data's unit, load too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LoadLaw {
    /// `base / (1 - load / capacity)`.
    Queueing {
        /// Latency without load.
        base: f64,
        /// Load at which the latency is unbounded; above every load seen.
        capacity: f64,
    },
    /// `base + slope x load`, never falling.
    Linear {
        /// Latency without load, not negative.
        base: f64,
        /// Latency added by a unit of load, not negative.
        slope: f64,
    },
}

/// A law fitted to rows, and how well it predicts rows that it has not seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The law that predicted held-out parts of the series best.
    pub law: LoadLaw,
    /// Its root mean squared error of the log latency there (0.1 is about 10 %).
    pub error: f64,
    /// The other law, where the held-out parts do not tell the two apart: within one standard error (Breiman, Friedman, Olshen and Stone,
    /// *Classification and Regression Trees*, 1984, section 3.4.3).
    pub rival: Option<LoadLaw>,
}

type Fit = fn(&[(f64, f64)]) -> Option<LoadLaw>;

/// Contiguous parts of the series, each predicted from the others, when laws are compared.
const N_FOLDS: usize = 5;

impl LoadLaw {
    /// Latency at `load`; infinite at and beyond the capacity.
    pub fn latency(&self, load: f64) -> f64 {
        match *self {
            Self::Queueing { base, capacity } if load < capacity => base / (1.0 - load / capacity),
            Self::Queueing { .. } => f64::INFINITY,
            Self::Linear { base, slope } => base + slope * load,
        }
    }

    /// The load at which the latency reaches `objective`: 0 if it is there without load, infinite if never.
    pub fn breaking_load(&self, objective: f64) -> f64 {
        match *self {
            Self::Queueing { base, capacity } => (capacity * (1.0 - base / objective)).max(0.0),
            Self::Linear { base, .. } if base >= objective => 0.0,
            Self::Linear { base, slope } => (objective - base) / slope,
        }
    }

    /// A law of the same kind fitted to other rows, as [`fit_queueing`] and [`fit_linear`].
    pub fn refitted(&self, rows: &[(f64, f64)]) -> Option<Self> {
        match self {
            Self::Queueing { .. } => fit_queueing(rows),
            Self::Linear { .. } => fit_linear(rows),
        }
    }
}

/// Fits the queueing law by least squares of the log latency; `None` below three rows or two different loads.
pub fn fit_queueing(rows: &[(f64, f64)]) -> Option<LoadLaw> {
    let highest = highest_load(rows)?;
    let logs: Vec<(f64, f64)> = rows.iter().map(|&(load, latency)| (load, latency.ln())).collect();
    // The capacity is highest x (1 + e^t): a search over t cannot reach the highest load itself.
    let capacity = |t: f64| highest * (1.0 + t.exp());
    let error = |t: f64| log_base(&logs, capacity(t)).1;
    let grid = (0..24).map(|step| -7.0 + f64::from(step) * 0.5);
    let (best, _) = grid.map(|t| (t, error(t))).min_by(|a, b| a.1.total_cmp(&b.1))?;
    let capacity = capacity(golden_minimum(best - 0.5, best + 0.5, error));
    Some(LoadLaw::Queueing { base: log_base(&logs, capacity).0.exp(), capacity })
}

/// Fits the linear law by least squares of the relative error; `None` below three rows or two different loads.
pub fn fit_linear(rows: &[(f64, f64)]) -> Option<LoadLaw> {
    highest_load(rows)?;
    let mut law = LoadLaw::Linear { base: 0.0, slope: 0.0 };
    // Weights by the fitted latency, not the seen one, which would favour rows that came out low.
    for round in 0..4 {
        let weight = |row: &(f64, f64)| if round == 0 { row.1 } else { law.latency(row.0) }.powi(-2);
        law = weighted_line(rows, weight);
    }
    Some(law)
}

/// Fits both laws and keeps the one that predicts held-out parts of the series better.
///
/// Rows are in the order of time. `None` below ten rows or two different loads.
pub fn choose_law(rows: &[(f64, f64)]) -> Option<Choice> {
    if rows.len() < 2 * N_FOLDS {
        return None;
    }
    let judged = |fit: Fit| Some((fit(rows)?, held_out_squares(rows, fit)?));
    let (mut best, mut other) = match (judged(fit_queueing), judged(fit_linear)) {
        (Some(queueing), linear) => (queueing, linear),
        (None, linear) => (linear?, None),
    };
    if let Some(other) = &mut other
        && other.1.iter().sum::<f64>() < best.1.iter().sum::<f64>()
    {
        std::mem::swap(&mut best, other);
    }
    let mean = best.1.iter().sum::<f64>() / best.1.len() as f64;
    let rival = other.filter(|other| is_as_good(&best.1, &other.1)).map(|(law, _)| law);
    Some(Choice { law: best.0, error: mean.sqrt(), rival })
}

/// Mean squared log errors of the folds, each predicted by a law fitted to the others.
fn held_out_squares(rows: &[(f64, f64)], fit: Fit) -> Option<Vec<f64>> {
    let fold = |fold: usize| {
        let (start, end) = (rows.len() * fold / N_FOLDS, rows.len() * (fold + 1) / N_FOLDS);
        let (before, rest) = rows.split_at(start);
        let (held_out, after) = rest.split_at(end - start);
        let kept: Vec<(f64, f64)> = before.iter().chain(after).copied().collect();
        Some(squared_log_error(held_out, &fit(&kept)?) / held_out.len() as f64)
    };
    (0..N_FOLDS).map(fold).collect()
}

/// Whether the second law's loss over the folds is within one standard error of the difference.
fn is_as_good(best: &[f64], other: &[f64]) -> bool {
    let losses: Vec<f64> = other.iter().zip(best).map(|(other, best)| other - best).collect();
    let n = losses.len() as f64;
    let mean = losses.iter().sum::<f64>() / n;
    let variance = losses.iter().map(|loss| (loss - mean).powi(2)).sum::<f64>() / (n - 1.0);
    mean <= (variance / n).sqrt()
}

/// Sum of squared log errors; a row beyond the law's capacity counts as a factor of e^3, so that the sum stays finite.
fn squared_log_error(rows: &[(f64, f64)], law: &LoadLaw) -> f64 {
    let log_error = |row: &(f64, f64)| (row.1 / law.latency(row.0)).ln().clamp(-3.0, 3.0);
    rows.iter().map(|row| log_error(row).powi(2)).sum()
}

/// The log base that fits best at a capacity, and the mean squared log error that it leaves; `logs` are loads and log latencies.
fn log_base(logs: &[(f64, f64)], capacity: f64) -> (f64, f64) {
    let n = logs.len() as f64;
    let bases: Vec<f64> = logs.iter().map(|(load, log)| log + (1.0 - load / capacity).ln()).collect();
    let mean = bases.iter().sum::<f64>() / n;
    (mean, bases.iter().map(|base| (base - mean).powi(2)).sum::<f64>() / n)
}

/// The weighted least squares line, its slope and base held at or above 0.
fn weighted_line(rows: &[(f64, f64)], weight: impl Fn(&(f64, f64)) -> f64) -> LoadLaw {
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| rows.iter().map(|row| weight(row) * of(row)).sum::<f64>();
    let total = sum(&|_| 1.0);
    let (mean_x, mean_y) = (sum(&|row| row.0) / total, sum(&|row| row.1) / total);
    let square = sum(&|row| (row.0 - mean_x).powi(2));
    let slope = sum(&|row| (row.0 - mean_x) * (row.1 - mean_y)) / square;
    let base = mean_y - slope * mean_x;
    // Rounding leaves a flat latency with the faintest slope, which would break at an absurd load.
    if slope * mean_x <= 1e-12 * mean_y {
        return LoadLaw::Linear { base: mean_y, slope: 0.0 };
    }
    if base < 0.0 {
        return LoadLaw::Linear { base: 0.0, slope: sum(&|row| row.0 * row.1) / sum(&|row| row.0 * row.0) };
    }
    LoadLaw::Linear { base, slope }
}

fn highest_load(rows: &[(f64, f64)]) -> Option<f64> {
    let first = rows.first()?.0;
    let is_varied = rows.iter().any(|row| row.0 != first);
    (rows.len() >= 3 && is_varied).then(|| rows.iter().map(|row| row.0).fold(0.0, f64::max))
}

fn golden_minimum(mut low: f64, mut high: f64, error: impl Fn(f64) -> f64) -> f64 {
    let ratio = 0.618_033_988_749_894_9;
    let (mut a, mut b) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut error_a, mut error_b) = (error(a), error(b));
    for _ in 0..24 {
        if error_a < error_b {
            (high, b, error_b) = (b, a, error_a);
            a = high - ratio * (high - low);
            error_a = error(a);
        } else {
            (low, a, error_a) = (a, b, error_b);
            b = low + ratio * (high - low);
            error_b = error(b);
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(law: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        (0..60).map(|i| f64::from(10 + i * 37 % 60)).map(|load| (load, law(load))).collect()
    }

    #[test]
    fn the_queueing_law_is_recovered() {
        let rows = rows(|load| 20.0 / (1.0 - load / 100.0));
        let Some(Choice { law: LoadLaw::Queueing { base, capacity }, error, rival: None }) = choose_law(&rows) else {
            panic!("queueing")
        };
        assert!((base - 20.0).abs() < 0.01 && (capacity - 100.0).abs() < 0.1 && error < 0.01);
        assert!((LoadLaw::Queueing { base, capacity }.breaking_load(100.0) - 80.0).abs() < 0.1);
    }

    #[test]
    fn the_linear_law_is_recovered() {
        let rows = rows(|load| 20.0 + 3.0 * load);
        let Some(Choice { law: LoadLaw::Linear { base, slope }, rival: None, .. }) = choose_law(&rows) else {
            panic!("linear")
        };
        assert!((base - 20.0).abs() < 1e-6 && (slope - 3.0).abs() < 1e-8);
    }

    #[test]
    fn a_flat_latency_never_breaks_and_a_broken_one_breaks_at_zero() {
        let flat = fit_linear(&rows(|_| 5.0)).unwrap();
        assert_eq!(flat.breaking_load(10.0), f64::INFINITY);
        assert_eq!(flat.breaking_load(4.0), 0.0);
        assert_eq!(LoadLaw::Queueing { base: 5.0, capacity: 9.0 }.breaking_load(4.0), 0.0);
    }

    #[test]
    fn low_loads_do_not_tell_the_laws_apart() {
        let mut rng = crate::stats::rng::Rng::new(5);
        let rows: Vec<(f64, f64)> = rows(|load| 20.0 / (1.0 - load / 1_000.0))
            .into_iter()
            .map(|(load, latency)| (load, latency * (0.1 * rng.normal()).exp()))
            .collect();
        assert!(choose_law(&rows).unwrap().rival.is_some());
    }

    #[test]
    fn one_load_fits_no_law() {
        assert_eq!(fit_queueing(&[(1.0, 2.0); 9]), None);
        assert_eq!(choose_law(&[]), None);
    }
}
