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
}

/// Fits the queueing law by least squares of the log latency; `None` below three rows or two different loads.
pub fn fit_queueing(rows: &[(f64, f64)]) -> Option<LoadLaw> {
    let highest = highest_load(rows)?;
    // The capacity is highest x (1 + e^t): a search over t cannot reach the highest load itself.
    let capacity = |t: f64| highest * (1.0 + t.exp());
    let error = |t: f64| {
        let law = queueing_law(rows, capacity(t));
        squared_log_error(rows, &law)
    };
    let grid = (0..24).map(|step| -7.0 + f64::from(step) * 0.5);
    let best = grid.min_by(|a, b| error(*a).total_cmp(&error(*b)))?;
    Some(queueing_law(rows, capacity(golden_minimum(best - 0.5, best + 0.5, error))))
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

/// Fits both laws and keeps the one that predicts held-out parts of the series better, with its error.
///
/// The error is the root mean squared error of the log latency on rows not used for the fit (0.1 is about 10 %).
/// Rows are in the order of time. `None` below ten rows or two different loads.
pub fn choose_law(rows: &[(f64, f64)]) -> Option<(LoadLaw, f64)> {
    if rows.len() < 2 * N_FOLDS {
        return None;
    }
    let fits: [Fit; 2] = [fit_queueing, fit_linear];
    let judged = fits.iter().filter_map(|fit| Some((fit(rows)?, held_out_error(rows, *fit)?)));
    judged.reduce(|best, other| if other.1 < best.1 { other } else { best })
}

fn held_out_error(rows: &[(f64, f64)], fit: Fit) -> Option<f64> {
    let mut squares = 0.0;
    for fold in 0..N_FOLDS {
        let (start, end) = (rows.len() * fold / N_FOLDS, rows.len() * (fold + 1) / N_FOLDS);
        let (before, rest) = rows.split_at(start);
        let (held_out, after) = rest.split_at(end - start);
        let kept: Vec<(f64, f64)> = before.iter().chain(after).copied().collect();
        let law = fit(&kept)?;
        squares += squared_log_error(held_out, &law);
    }
    Some((squares / rows.len() as f64).sqrt())
}

/// Sum of squared log errors; a row beyond the law's capacity counts as a factor of e^3, so that the sum stays finite.
fn squared_log_error(rows: &[(f64, f64)], law: &LoadLaw) -> f64 {
    let log_error = |row: &(f64, f64)| (row.1 / law.latency(row.0)).ln().clamp(-3.0, 3.0);
    rows.iter().map(|row| log_error(row).powi(2)).sum()
}

fn queueing_law(rows: &[(f64, f64)], capacity: f64) -> LoadLaw {
    let log_base = |row: &(f64, f64)| row.1.ln() + (1.0 - row.0 / capacity).ln();
    let mean = rows.iter().map(log_base).sum::<f64>() / rows.len() as f64;
    LoadLaw::Queueing { base: mean.exp(), capacity }
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
        let Some((LoadLaw::Queueing { base, capacity }, error)) = choose_law(&rows) else { panic!("queueing") };
        assert!((base - 20.0).abs() < 0.01 && (capacity - 100.0).abs() < 0.1 && error < 0.01);
        assert!((LoadLaw::Queueing { base, capacity }.breaking_load(100.0) - 80.0).abs() < 0.1);
    }

    #[test]
    fn the_linear_law_is_recovered() {
        let rows = rows(|load| 20.0 + 3.0 * load);
        let Some((LoadLaw::Linear { base, slope }, _)) = choose_law(&rows) else { panic!("linear") };
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
    fn one_load_fits_no_law() {
        assert_eq!(fit_queueing(&[(1.0, 2.0); 9]), None);
        assert_eq!(choose_law(&[]), None);
    }
}
