//! The four headline numbers: requests, callers, share of the eligible traffic, idle models.

use super::asked::Used;
use super::scene::Scene;
use super::traffic::{Measured, mean, share};
use crate::derive::business_impact::conversion::titled;
use crate::derive::shared::{figures, lines};
use crate::stats::mover;
use crate::units::Direction;
use crate::view::Figure;

const BLOCKS_METHOD: &str = "moving-block bootstrap over time";

impl Scene<'_> {
    /// Requests a day, active callers, share of the eligible traffic, idle models.
    pub(super) fn figures(&self) -> Vec<Figure> {
        let mut all = vec![self.rate_figure(), self.callers_figure()];
        all.extend(self.share_figure());
        all.extend(self.idle_figure());
        all
    }

    pub(super) fn named(&self, metric: &str, title: &str, unit: &str, direction: Direction) -> Figure {
        figures::named(metric, &titled(title, self.part), unit, direction)
    }

    pub(super) fn rate_figure(&self) -> Figure {
        let word = self.step_word();
        let mut figure = self.named(&self.usage.id, &format!("Requests a {word}"), "short", self.usage.direction);
        let steps = self.now.steps();
        figure.spark = lines::spark(
            &steps.keys().map(|at| *at as f64).collect::<Vec<_>>(),
            &steps.values().copied().collect::<Vec<_>>(),
        );
        let Some(now) = mean(&steps) else { return figure };
        fill(&mut figure, &now);
        figure.method = Some(match now.interval {
            Some(_) => format!("mean over whole {word}s, {BLOCKS_METHOD}; n is {word}s"),
            None => format!("mean over whole {word}s; no interval below 8 of them; n is {word}s"),
        });
        if let Some((title, before)) = self.before.filter(|(_, before)| before.step_ms == self.now.step_ms)
            && let Some(before) = mean(&before.steps())
        {
            compare(&mut figure, &now, &before, title);
        }
        figure
    }

    pub(super) fn callers_figure(&self) -> Figure {
        let mut figure = self.named("active-callers", "Active callers", "short", Direction::Neutral);
        figure.value = Some(self.now.n_callers()).filter(|_| !self.now.callers.is_empty());
        figure.n = Some(self.now.total());
        figure.method = Some("callers with at least one request: counted, so no interval; n is requests".to_owned());
        if let Some((title, before)) = self.before {
            figures::compare(&mut figure, before.n_callers(), None, title);
        }
        figure
    }

    /// Share of the decisions that could have asked a model and did.
    pub(super) fn share_figure(&self) -> Option<Figure> {
        self.eligible?;
        let mut figure = self.named("eligible-share", "Share of eligible traffic", "percentunit", Direction::Higher);
        let of = |used: &Used| {
            let (asked, could) = used.eligible(None);
            share(&asked, &could).map(|found| (found, could.values().sum::<f64>()))
        };
        let Some((now, n)) = of(self.now) else {
            figure.method = Some("no eligible decisions were counted in this time range".to_owned());
            return Some(figure);
        };
        fill(&mut figure, &now);
        figure.n = Some(n);
        figure.method = Some(match now.interval {
            Some(_) => format!("requests over eligible decisions of the same models, {BLOCKS_METHOD}"),
            None => {
                "requests over eligible decisions of the same models; no interval below 8 points of time".to_owned()
            }
        });
        if let Some((title, before)) = self.before
            && let Some((before, _)) = of(before)
        {
            compare(&mut figure, &now, &before, title);
        }
        Some(figure)
    }

    pub(super) fn idle_figure(&self) -> Option<Figure> {
        self.last?;
        let idle = self.idle();
        let mut figure = self.named("idle-models", "Idle models", "short", Direction::Lower);
        figure.value = Some(idle.len() as f64);
        figure.n = Some(self.context.models().len() as f64);
        let names: Vec<String> = idle.iter().map(|(id, _)| self.model_title(id)).collect();
        figure.method = Some(match names.as_slice() {
            [] => "every model of the selection had a request lately; counted, so no interval".to_owned(),
            names => format!("counted, so no interval: {}", names.join(", ")),
        });
        Some(figure)
    }
}

fn fill(figure: &mut Figure, found: &Measured) {
    figure.value = Some(found.estimate);
    figure.n = Some(found.n_steps as f64);
    (figure.low, figure.high) = (found.interval.map(|i| i.low), found.interval.map(|i| i.high));
}

/// The change against another side, by the intervals of both.
fn compare(figure: &mut Figure, now: &Measured, before: &Measured, title: &str) {
    let both = now.with_interval().zip(before.with_interval());
    let of = both.and_then(|(now, before)| mover::difference(now, before));
    figures::compare(figure, before.estimate, of.map(|i| (i.low, i.high)), title);
}
