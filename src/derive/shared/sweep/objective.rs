//! What runs are judged by: a metric with the way it improves.

use crate::stats::pareto;
use crate::units::{Direction, Unit};

/// The metric that runs are judged by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Objective {
    /// Its key.
    pub(crate) key: String,
    /// Which way is good, as far as its name or the workspace tells.
    pub(crate) direction: Direction,
    /// Its unit.
    pub(crate) unit: Unit,
    /// The last logged value of each run; `NaN` where there is none.
    pub(crate) values: Vec<f64>,
}

impl Objective {
    /// A run's value, turned so that smaller is better; infinite where there is none.
    pub(crate) fn cost(&self, run: usize) -> f64 {
        match self.values.get(run) {
            Some(value) if value.is_finite() && self.direction == Direction::Higher => -value,
            Some(value) if value.is_finite() => *value,
            _ => f64::INFINITY,
        }
    }

    /// Which way it improves, for curves and fronts.
    pub(crate) fn improves(&self) -> pareto::Direction {
        match self.direction {
            Direction::Higher => pareto::Direction::Maximise,
            _ => pareto::Direction::Minimise,
        }
    }

    /// "lowest" or "highest".
    pub(crate) fn superlative(&self) -> &'static str {
        if self.direction == Direction::Higher { "highest" } else { "lowest" }
    }
}

/// Which way a metric is good, by its name. What names nothing known is taken as a score: higher is better.
pub(super) fn direction(key: &str) -> Direction {
    const LOWER: [&str; 13] = [
        "loss",
        "error",
        "rmse",
        "mse",
        "mae",
        "mape",
        "brier",
        "ece",
        "perplexity",
        "latency",
        "duration",
        "time",
        "norm",
    ];
    let key = key.to_lowercase();
    let has = |word: &&str| key.split(|c: char| !c.is_alphanumeric()).any(|part| part == *word) || key.ends_with(*word);
    if LOWER.iter().any(has) { Direction::Lower } else { Direction::Higher }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_which_way_is_good() {
        for lower in ["val_loss", "logloss", "test_rmse", "grad_norm", "Eval/MAE"] {
            assert_eq!(direction(lower), Direction::Lower, "{lower}");
        }
        for higher in ["val_accuracy", "test_f1_macro", "roc_auc", "r2", "reward"] {
            assert_eq!(direction(higher), Direction::Higher, "{higher}");
        }
    }
}
