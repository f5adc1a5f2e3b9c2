//! Who benefits, as figures and in one sentence.

use super::looks::{Dimension, Look};
use crate::derive::business_impact::conversion::Conversion;
use crate::derive::business_impact::outcomes::Effect;
use crate::derive::shared::figures;
use crate::frame::Labels;
use crate::stats::mover;
use crate::units::{Direction, Unit};
use crate::view::{Figure, Summary};

/// What the groups are shown with.
pub(super) struct Scene<'a> {
    pub(super) conversion: &'a Conversion<'a>,
    pub(super) variant: &'a str,
    /// The effect over everybody.
    pub(super) whole: Effect,
    pub(super) dimensions: &'a [Dimension],
    /// Differences tested on the panel.
    pub(super) n_tested: usize,
    /// What the groups are compared with, such as "previous period".
    pub(super) before: Option<&'a str>,
}

pub(super) fn share() -> Unit {
    Unit::from("percentunit")
}

impl Scene<'_> {
    pub(super) fn word(&self) -> &'static str {
        self.conversion.chosen.word()
    }

    /// "Uplift" where exposure was random, "Difference" where it was not.
    pub(super) fn title(&self) -> &'static str {
        if self.conversion.chosen.is_broken() { "Difference" } else { "Uplift" }
    }

    pub(super) fn figure(&self, title: &str, effect: &Effect) -> Figure {
        let mut figure = figures::named("uplift", title, "percentunit", self.conversion.metric.direction);
        figure.series = self.conversion.labels(self.variant);
        figure.n = Some(effect.n()).filter(|n| n.is_finite());
        figure.value = Some(effect.difference).filter(|v| v.is_finite());
        (figure.low, figure.high) = (effect.interval.map(|i| i.low), effect.interval.map(|i| i.high));
        figure
    }

    /// Over everybody, where it is greatest and least, and whether the groups differ.
    pub(super) fn figures(&self) -> Vec<Figure> {
        let mut whole = self.figure(&format!("{}, all", self.title()), &self.whole);
        whole.method = Some(format!("{}: Newcombe's interval of the difference, for one look", self.word()));
        if let Some((title, before)) = self.conversion.effect_before(self.variant) {
            let of =
                self.whole.measured().zip(before.measured()).and_then(|(now, before)| mover::difference(now, before));
            figures::compare(&mut whole, before.difference, of.map(|i| (i.low, i.high)), title);
        }
        let mut all = vec![whole];
        let Some(first) = self.dimensions.first() else { return all };
        let known: Vec<&Look> = first.looks.iter().filter(|look| look.effect.interval.is_some()).collect();
        let ends = match known.as_slice() {
            [] => Vec::new(),
            [only] => vec![("", *only)],
            [most, .., least] => vec![(", most", *most), (", least", *least)],
        };
        for (which, look) in ends {
            let mut figure = self.figure(&format!("{}, {}{which}", self.title(), look.title()), &look.effect);
            figure.series.set(first.id.as_str(), look.title());
            figure.q = Some(look.q).filter(|q| q.is_finite());
            figure.method = Some(format!(
                "{}: Newcombe's interval for one look; q is its p by Holm over the {} differences of this panel",
                self.word(),
                self.n_tested
            ));
            if let (Some(title), Some(before)) = (self.before, look.before) {
                figures::compare(&mut figure, before.difference, look.change().map(|(_, i)| (i.low, i.high)), title);
            }
            all.push(figure);
        }
        all.extend(first.interaction.map(|test| {
            let title = format!("p that every {} has the same {}", first.id, self.title().to_lowercase());
            let mut figure = figures::named("interaction", &title, "none", Direction::Neutral);
            figure.series = Labels::new().with("by", &first.id);
            figure.value = Some(test.p);
            figure.n = Some(known.iter().map(|look| look.effect.n()).sum());
            figure.q = Some(first.interaction_q).filter(|q| q.is_finite());
            figure.method = Some(format!(
                "test of interaction: Cochran's Q {:.1} on {} degrees of freedom; {:.0} % of the spread is more than sampling error; a p has no interval",
                test.statistic,
                test.df,
                100.0 * test.share_between
            ));
            figure
        }));
        all
    }

    /// Who benefits, in one sentence.
    pub(super) fn sentence(&self) -> Summary {
        let experiment = &self.conversion.chosen.title;
        let word = self.title().to_lowercase();
        let said = Summary::text(format!("{experiment}: {word} of {} over all is ", self.variant));
        let said = with_interval(said, &self.whole);
        let Some(first) = self.dimensions.first() else { return said };
        let clear: Vec<&Look> = first.looks.iter().filter(|look| look.is_clear()).collect();
        let said = match clear.first() {
            Some(look) => with_interval(said.then(format!("; clear in {}, ", look.title())), &look.effect),
            None => said.then(format!("; no {} has a clear one", first.id)),
        };
        let said = match first.interaction {
            Some(_) if first.interaction_q < 0.05 => said.then(format!("; the {}s differ", first.id)),
            Some(_) => said.then(format!("; the {}s do not clearly differ", first.id)),
            None => said,
        };
        let causal = if self.conversion.chosen.is_broken() { "; the split is broken: not causal" } else { "" };
        said.then(format!("{causal}, corrected for {} looks", self.n_tested))
    }
}

fn with_interval(said: Summary, effect: &Effect) -> Summary {
    let said = said.change(effect.difference, &share());
    match effect.interval {
        Some(i) => said.then(" (").change(i.low, &share()).then(" to ").change(i.high, &share()).then(")"),
        None => said,
    }
}
