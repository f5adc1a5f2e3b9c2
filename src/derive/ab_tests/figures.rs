//! Judged experiments as figures.

use super::judge::{Decision, Judged, Rival, SplitState};
use super::show::{Scene, labels, p_text, short, split_text};
use crate::derive::shared::figures;
use crate::frame::Labels;
use crate::units::Direction;
use crate::view::{Figure, Verdict};

impl Scene<'_> {
    /// Exposures, the change of the rate, the uplift, and the probability to be best; the rest only in details.
    pub(super) fn figures(&self, experiment: &Judged, details: bool) -> Vec<Figure> {
        let mut all = vec![self.exposure_figure(experiment)];
        let foremost = experiment.foremost(self.direction()).map(|r| r.arm);
        let shown = experiment.rivals.iter().filter(|r| details || Some(r.arm) == foremost);
        for rival in shown {
            all.extend(self.rate_figure(experiment, rival));
            all.extend(uplift_figure(experiment, rival));
            all.extend(best_figure(experiment, rival));
            if details {
                all.extend(fixed_figures(experiment, rival));
            }
        }
        all
    }

    fn exposure_figure(&self, experiment: &Judged) -> Figure {
        let mut figure = figures::of_metric(self.exposures);
        figure.unit = short();
        figure.direction = Direction::Neutral;
        figure.series = Labels::new().with("experiment", &experiment.plan.id);
        figure.value = Some(experiment.n()).filter(|n| n.is_finite());
        figure.n = figure.value;
        figure.target = experiment.plan.horizon;
        let split = &experiment.split;
        figure.p = Some(split.watched_p).filter(|p| p.is_finite());
        figure.method = Some(format!(
            "counted: no interval. Split {} planned {}, {}; p of the split when watched (sequential multinomial), {} for one look (chi-squared)",
            split_text(&experiment.shares()),
            split_text(&split.planned),
            match split.state {
                SplitState::Fine => "as planned",
                SplitState::Suspicious => "doubtful",
                SplitState::Broken => "broken",
                SplitState::Unknown => "not checked",
            },
            p_text(split.one_look_p),
        ));
        figure
    }

    fn rate_figure(&self, experiment: &Judged, rival: &Rival) -> Option<Figure> {
        let treated = experiment.totals(rival.arm).proportion()?;
        let base = experiment.totals(0).proportion()?;
        let mut figure = figures::named(
            "conversion-rate",
            &format!("Conversion rate, {}", experiment.variant(rival.arm)),
            "percentunit",
            self.direction(),
        );
        figure.series = labels(experiment, rival.arm);
        figures::fill_rate(&mut figure, treated);
        let sequence = rival.sequence().map(|i| (i.low, i.high));
        figures::compare(&mut figure, base.rate(), sequence, experiment.variant(0));
        figure.p = Some(rival.p).filter(|p| p.is_finite());
        figure.q = Some(rival.q).filter(|q| q.is_finite());
        let level = (1.0 - experiment.plan.alpha) * 100.0;
        figure.method = Some(format!(
            "Wilson interval of the rate; the interval of the change is its {level} % confidence sequence (mixture sequential test), {}; so is p, q is by Holm over the panel; coloured by q",
            if sequence.is_some() {
                "valid at every look"
            } else {
                "not given before 100 exposures and 5 of either outcome in each variant"
            },
        ));
        let called = self.decision(experiment, rival);
        figure.verdict = match called {
            Decision::Ship | Decision::KeepBaseline | Decision::GuardRail => {
                let delta = figure.delta.unwrap_or(f64::NAN);
                Verdict::of(delta, delta, self.direction())
            }
            Decision::BrokenSplit | Decision::CheckSplit | Decision::NotExposed => Verdict::None,
            _ => Verdict::NoClearChange,
        };
        Some(figure)
    }
}

fn uplift_figure(experiment: &Judged, rival: &Rival) -> Option<Figure> {
    let mut figure = figures::named("uplift", "Relative uplift", "percentunit", Direction::Neutral);
    figure.series = labels(experiment, rival.arm);
    figure.value = Some(rival.uplift?);
    figure.n = Some(experiment.totals(0).n + experiment.totals(rival.arm).n).filter(|n| n.is_finite());
    figure.method = Some(
        "ratio of the rates less 1; no interval while the experiment is watched, as it holds for one look only: the change has one that holds at every look"
            .to_owned(),
    );
    Some(figure)
}

/// Not shown where the split is broken: it would read as a decision.
fn best_figure(experiment: &Judged, rival: &Rival) -> Option<Figure> {
    if experiment.split.state == SplitState::Broken {
        return None;
    }
    let probability = *experiment.best.as_ref()?.get(rival.arm)?;
    let title = format!("Probability that {} is best", experiment.variant(rival.arm));
    let mut figure = figures::named("probability-best", &title, "percentunit", Direction::Neutral);
    figure.series = labels(experiment, rival.arm);
    figure.value = Some(probability);
    figure.n = Some(experiment.n()).filter(|n| n.is_finite());
    figure.method = Some("prior Beta(1, 1) for each variant; a belief, not a test: it has no interval".to_owned());
    Some(figure)
}

/// The one planned test: its p, and with the planned number reached the change and the uplift at that look.
fn fixed_figures(experiment: &Judged, rival: &Rival) -> Vec<Figure> {
    let variant = experiment.variant(rival.arm);
    let figure = |metric: &str, title: &str, unit: &str| {
        let mut figure =
            figures::named(metric, &format!("{title} at the planned number, {variant}"), unit, Direction::Neutral);
        figure.series = labels(experiment, rival.arm);
        figure.n = rival.fixed.map(|fixed| fixed.n);
        figure
    };
    let mut p = figure("fixed-horizon-p", "p", "none");
    p.value = rival.fixed.map(|fixed| fixed.p);
    p.p = p.value;
    p.method = Some(
        match (rival.fixed, experiment.plan.horizon) {
            (Some(_), _) => "two-rate score test, made once, at the first look with the planned number of exposures",
            (None, Some(_)) => "not given before the planned number of exposures is reached",
            (None, None) => "no number of exposures was planned: there is no fixed-horizon test",
        }
        .to_owned(),
    );
    let Some(fixed) = rival.fixed else { return vec![p] };
    let mut change = figure("fixed-horizon-change", "Change", "percentunit");
    change.value = Some(fixed.difference);
    (change.low, change.high) = (fixed.interval.map(|i| i.low), fixed.interval.map(|i| i.high));
    change.method = Some("Newcombe interval, for this one look".to_owned());
    let mut uplift = figure("fixed-horizon-uplift", "Relative uplift", "percentunit");
    uplift.value = fixed.uplift.map(|u| u.estimate);
    (uplift.low, uplift.high) = (fixed.uplift.map(|u| u.interval.low), fixed.uplift.map(|u| u.interval.high));
    uplift.method = Some("delta method on the log ratio, for this one look".to_owned());
    vec![p, change, uplift]
}
