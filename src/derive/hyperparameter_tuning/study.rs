//! The runs with everything that several blocks need, and the headline numbers.

use super::importance::Importance;
use crate::derive::Context;
use crate::derive::shared::sweep::{Objective, Sweep};
use crate::derive::shared::{LEVEL, brushes, figures};
use crate::frame::Labels;
use crate::stats::interval::{Sample, mean_interval};
use crate::view::{Figure, ScatterPoint, Summary};

/// The runs of a sweep under the selection's brushes.
pub(super) struct Study<'a> {
    pub(super) sweep: &'a Sweep<'a>,
    pub(super) objective: &'a Objective,
    /// Whether each run passes the brushes.
    pub(super) held: Vec<bool>,
    /// Runs from best to worst.
    pub(super) ranked: Vec<usize>,
}

impl<'a> Study<'a> {
    pub(super) fn new(context: &Context<'_>, sweep: &'a Sweep<'a>, objective: &'a Objective) -> Self {
        Self { sweep, objective, held: brushes::held(context, sweep), ranked: sweep.ranked(objective) }
    }

    pub(super) fn is_held(&self, run: usize) -> bool {
        self.held.get(run) == Some(&true)
    }

    fn best(&self) -> Option<usize> {
        self.ranked.first().copied().filter(|&run| self.objective.cost(run).is_finite())
    }

    pub(super) fn point(&self, run: usize, x: f64, y: f64) -> ScatterPoint {
        ScatterPoint {
            x,
            y,
            shade: f64::NAN,
            title: self.sweep.name(run),
            key: self.sweep.id(run),
            entity: String::new(),
            focus: self.is_held(run),
        }
    }

    /// The best run, and the mean over the seeds of its setting where there are several.
    pub(super) fn figures(&self, baseline: Option<&(String, f64)>) -> Vec<Figure> {
        let Some(best) = self.best() else { return Vec::new() };
        let objective = self.objective;
        let n_finite = objective.values.iter().filter(|v| v.is_finite()).count();
        let named = |title: &str| figures::named(&objective.key, title, objective.unit.id(), objective.direction);
        let mut figure = named(&format!("Best {}, {}", objective.key, self.sweep.name(best)));
        figure.series = Labels::new().with("run_id", self.sweep.id(best)).with("key", objective.key.clone());
        figure.value = objective.values.get(best).copied();
        figure.n = Some(n_finite as f64);
        figure.method = Some(format!(
            "{} last value of {n_finite} runs: no interval, and a value picked as the best flatters",
            objective.superlative()
        ));
        if let Some((title, value)) = baseline {
            figures::compare(&mut figure, *value, None, title);
        }
        let mut found = vec![figure];
        let of_setting = self.sweep.same_setting(best).into_iter();
        let seeds: Vec<f64> = of_setting.filter_map(|run| objective.values.get(run).copied()).collect();
        let seeds: Vec<f64> = seeds.into_iter().filter(|v| v.is_finite()).collect();
        if let Some(sample) = Sample::of(&seeds).filter(|s| s.n >= 2) {
            let mut figure = named("Mean over the seeds of its setting");
            figure.series =
                Labels::new().with("setting", self.sweep.setting_name(best)).with("key", objective.key.clone());
            figure.value = Some(sample.mean);
            figure.n = Some(sample.n as f64);
            figure.method = Some("t interval over seeds".to_owned());
            if let Some(interval) = mean_interval(&sample, LEVEL) {
                (figure.low, figure.high) = (Some(interval.low), Some(interval.high));
            }
            found.push(figure);
        }
        found
    }

    pub(super) fn summary(&self, importance: Option<&Importance>) -> Summary {
        let Some(best) = self.best() else {
            return Summary::text(format!("none of {} runs has a finite {}", self.sweep.len(), self.objective.key));
        };
        let value = self.objective.values.get(best).copied().unwrap_or(f64::NAN);
        let start =
            format!("the best of {} runs is {} with {} ", self.sweep.len(), self.sweep.name(best), self.objective.key);
        let sentence = Summary::text(start).value(value, &self.objective.unit);
        match importance.and_then(Importance::most) {
            Some(param) => sentence.then(format!("; {param} matters most")),
            None => sentence,
        }
    }
}
