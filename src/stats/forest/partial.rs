//! Partial dependence: what a forest predicts over two of its inputs, whatever the others are.
//!
//! Friedman, *Annals of Statistics* 29 (2001) 1189: the mean prediction over the rows, with the two inputs set to the same values in all.

use super::Forest;

/// A value that an input is set to.
#[derive(Clone, Debug, PartialEq)]
pub enum Level {
    /// Of a numeric input.
    Number(f64),
    /// Of a categorical input; one that is not known counts as none of the known.
    Category(String),
}

impl Forest {
    /// The mean prediction for each level of the input `second` (outer) and each of `first` (inner), over at most `n_rows` rows of
    /// the fit at even distances, in the target's unit.
    ///
    /// `NaN` where a level is not of its input's kind; empty if an input is not there or both are the same.
    pub fn partial(&self, first: (usize, &[Level]), second: (usize, &[Level]), n_rows: usize) -> Vec<f64> {
        let (Some(of_first), Some(of_second)) = (self.columns.groups.get(first.0), self.columns.groups.get(second.0))
        else {
            return Vec::new();
        };
        if first.0 == second.0 {
            return Vec::new();
        }
        let step = self.targets.len().div_ceil(n_rows.max(1)).max(1);
        let rows: Vec<usize> = (0..self.targets.len()).step_by(step).collect();
        let first: Vec<Option<Vec<f64>>> = first.1.iter().map(|level| self.coded(first.0, level)).collect();
        let second: Vec<Option<Vec<f64>>> = second.1.iter().map(|level| self.coded(second.0, level)).collect();
        let mut means = Vec::with_capacity(first.len() * second.len());
        for outer in &second {
            for inner in &first {
                let (Some(outer), Some(inner)) = (outer, inner) else {
                    means.push(f64::NAN);
                    continue;
                };
                let mut sum = 0.0;
                for &row in &rows {
                    let value = |column: usize| {
                        if of_first.contains(&column) {
                            inner[column - of_first.start]
                        } else if of_second.contains(&column) {
                            outer[column - of_second.start]
                        } else {
                            self.columns.values[column][row]
                        }
                    };
                    sum += self.trees.iter().map(|tree| tree.predict(&value)).sum::<f64>();
                }
                means.push(sum / (rows.len() * self.trees.len()) as f64);
            }
        }
        means
    }

    /// A level in the columns of its input; `None` if the kind does not match.
    fn coded(&self, input: usize, level: &Level) -> Option<Vec<f64>> {
        match (level, self.columns.categories.get(input)?) {
            (Level::Number(value), None) => Some(vec![if value.is_nan() { f64::NEG_INFINITY } else { *value }]),
            (Level::Category(name), Some(known)) => {
                Some(known.iter().map(|k| f64::from(u8::from(k.as_deref() == Some(name.as_str())))).collect())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::forest::{Config, Input};
    use crate::stats::rng::Rng;

    /// The target is 3 x rate + 1 for adam, whatever the third input is.
    fn fitted() -> Forest {
        let mut rng = Rng::new(11);
        let rate: Vec<f64> = (0..300).map(|_| rng.next_f64()).collect();
        let idle: Vec<f64> = (0..300).map(|_| rng.next_f64()).collect();
        let kind: Vec<Option<String>> = (0..300).map(|row| Some(["adam", "sgd"][row % 2].to_owned())).collect();
        let targets: Vec<f64> = (0..300).map(|row| 3.0 * rate[row] + f64::from(u8::from(row % 2 == 0))).collect();
        let inputs = [Input::Numeric(rate), Input::Numeric(idle), Input::Categorical(kind)];
        Forest::fit(&inputs, &targets, Config { n_trees: 50, ..Config::default() }).unwrap()
    }

    #[test]
    fn the_surface_follows_the_law_of_both_inputs() {
        let rates = [0.1, 0.5, 0.9].map(Level::Number);
        let kinds = ["adam", "sgd"].map(|kind| Level::Category(kind.to_owned()));
        let surface = fitted().partial((0, &rates), (2, &kinds), 40);
        for (found, expected) in surface.iter().zip([1.3, 2.5, 3.7, 0.3, 1.5, 2.7]) {
            assert!((found - expected).abs() < 0.2, "{surface:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_missing() {
        let forest = fitted();
        let (number, word) = ([Level::Number(0.5)], [Level::Category("adam".to_owned())]);
        assert!(forest.partial((0, &word), (2, &word), 10)[0].is_nan());
        assert!(forest.partial((0, &number), (0, &number), 10).is_empty());
        assert!(forest.partial((0, &number), (7, &word), 10).is_empty());
    }
}
