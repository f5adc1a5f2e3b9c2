//! What the counts of an experiment allow to say.

use super::counts::{Counts, Totals};
use crate::derive::shared::LEVEL;
use crate::spec::ExperimentSpec;
use crate::stats::best_arm::{UNIFORM_PRIOR, probability_best_rate};
use crate::stats::interval::{Interval, Uplift, newcombe, relative_uplift, two_rates_p};
use crate::stats::multiplicity::holm;
use crate::stats::sample_ratio::{DEFAULT_CONCENTRATION, ONE_LOOK_ALPHA, sample_ratio, watched_sample_ratio};
use crate::stats::sequential::{Design, Look, watch};
use crate::stats::{dist, pareto};
use crate::units::Direction;

/// Variance of the mixture where the plan says none: most sensitive to a difference of one percentage point.
pub(super) const MIXING_VARIANCE: f64 = 1e-4;

/// One experiment, judged.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub(super) plan: ExperimentSpec,
    pub(super) is_planned: bool,
    pub(super) counts: Counts,
    pub(super) split: Split,
    /// Each other variant against the baseline.
    pub(super) rivals: Vec<Rival>,
    /// Probability to be best, by variant; `None` where the counts are no rates.
    pub(super) best: Option<Vec<f64>>,
}

/// Whether the variants received the shares that they were meant to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Split {
    /// Planned shares in the order of the variants; `NaN` for a variant that was not planned.
    pub(super) planned: Vec<f64>,
    /// p of the chi-squared test, for one look.
    pub(super) one_look_p: f64,
    /// p of the sequential multinomial test, for a ratio that is watched.
    pub(super) watched_p: f64,
    pub(super) state: SplitState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SplitState {
    /// No exposures, or no shares to check against.
    Unknown,
    Fine,
    /// Broken for one look, not yet for someone who watches.
    Suspicious,
    Broken,
}

/// A variant against the baseline.
#[derive(Clone, Debug)]
pub(super) struct Rival {
    /// Place of the variant in the counts.
    pub(super) arm: usize,
    pub(super) difference: Option<f64>,
    /// Relative change of the rate; its interval holds for one look only, so it is given in `fixed`.
    pub(super) uplift: Option<f64>,
    /// The sequential test at every look.
    pub(super) looks: Vec<(f64, Look)>,
    /// The one test at the planned number of exposures; `None` before it is reached.
    pub(super) fixed: Option<Fixed>,
    /// Always-valid p.
    pub(super) p: f64,
    /// The same, corrected by Holm over everything on the panel.
    pub(super) q: f64,
}

/// What the one planned test says, from the totals at the first look with the planned number of exposures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixed {
    /// Exposures at that look.
    pub(super) n: f64,
    pub(super) p: f64,
    pub(super) difference: f64,
    /// Newcombe's interval of the difference.
    pub(super) interval: Option<Interval>,
    pub(super) uplift: Option<Uplift>,
}

impl Rival {
    /// The confidence sequence as it stands: an interval of the difference that holds at every look.
    pub(super) fn sequence(&self) -> Option<Interval> {
        self.looks.last().and_then(|(_, look)| look.interval)
    }
}

/// What can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    NotExposed,
    BrokenSplit,
    TooFew,
    Ship,
    KeepBaseline,
    KeepRunning,
    NoChangeAtHorizon,
    GuardRail,
    /// A call, but the split looks wrong to one who looks once.
    CheckSplit,
}

impl Judged {
    /// Judges the counts by the plan; Holm's correction comes later, over all experiments.
    pub(super) fn new(plan: ExperimentSpec, is_planned: bool, counts: Counts, direction: Direction) -> Self {
        let split = check_split(&plan, &counts);
        let design = Design::new(plan.mixing_variance.unwrap_or(MIXING_VARIANCE), plan.alpha);
        let rivals = (1..counts.variants.len()).map(|arm| rival(&plan, &counts, arm, design)).collect();
        let arms: Vec<(f64, f64)> = counts.totals.iter().map(|t| (t.hits, t.n)).collect();
        let direction = match direction {
            Direction::Lower => pareto::Direction::Minimise,
            _ => pareto::Direction::Maximise,
        };
        let has_all = !arms.is_empty() && arms.iter().all(|arm| arm.1 > 0.0 && arm.0.is_finite());
        let best = if has_all { probability_best_rate(&arms, UNIFORM_PRIOR, direction) } else { None };
        Self { plan, is_planned, counts, split, rivals, best }
    }

    /// Shown name.
    pub(super) fn title(&self) -> &str {
        self.plan.title.as_deref().unwrap_or(&self.plan.id)
    }

    /// Name of a variant.
    pub(super) fn variant(&self, arm: usize) -> &str {
        self.counts.variants.get(arm).map_or("", String::as_str)
    }

    /// Exposed units over all variants.
    pub(super) fn n(&self) -> f64 {
        self.counts.totals.iter().map(|t| t.n).sum()
    }

    /// The counts of a variant.
    pub(super) fn totals(&self, arm: usize) -> Totals {
        self.counts.totals.get(arm).copied().unwrap_or_default()
    }

    /// Actual shares of the exposures in the order of the variants.
    pub(super) fn shares(&self) -> Vec<f64> {
        let n = self.n();
        self.counts.totals.iter().map(|t| t.n / n).collect()
    }

    /// The rival to speak of: the one with the clearest call, then the greatest difference in the good direction.
    pub(super) fn foremost(&self, direction: Direction) -> Option<&Rival> {
        let sign = if direction == Direction::Lower { -1.0 } else { 1.0 };
        let good = |r: &Rival| sign * r.difference.unwrap_or(f64::NEG_INFINITY * sign);
        self.rivals.iter().max_by(|a, b| good(a).total_cmp(&good(b)))
    }

    /// What can be decided about a rival.
    pub(super) fn decision(&self, rival: &Rival, direction: Direction, is_harmful: bool) -> Decision {
        if self.n() <= 0.0 || self.totals(0).n <= 0.0 {
            return Decision::NotExposed;
        }
        if self.split.state == SplitState::Broken {
            return Decision::BrokenSplit;
        }
        let difference = rival.difference.unwrap_or(f64::NAN);
        if rival.looks.iter().all(|(_, look)| look.interval.is_none()) {
            return Decision::TooFew;
        }
        if rival.q <= self.plan.alpha {
            if self.split.state == SplitState::Suspicious {
                return Decision::CheckSplit;
            }
            let is_better = if direction == Direction::Lower { difference < 0.0 } else { difference > 0.0 };
            return match (is_better, is_harmful) {
                (true, true) => Decision::GuardRail,
                (true, false) => Decision::Ship,
                (false, _) => Decision::KeepBaseline,
            };
        }
        match self.plan.horizon {
            Some(horizon) if self.n() >= horizon => Decision::NoChangeAtHorizon,
            _ => Decision::KeepRunning,
        }
    }
}

/// Corrects the always-valid p values over every variant of every experiment whose split is sound.
pub(super) fn correct(experiments: &mut [Judged]) {
    let counted = |e: &Judged| e.split.state != SplitState::Broken;
    let p: Vec<f64> =
        experiments.iter().flat_map(|e| e.rivals.iter().map(|r| if counted(e) { r.p } else { f64::NAN })).collect();
    let rivals = experiments.iter_mut().flat_map(|e| &mut e.rivals);
    for (rival, q) in rivals.zip(holm(&p)) {
        rival.q = q;
    }
}

fn check_split(plan: &ExperimentSpec, counts: &Counts) -> Split {
    let share = |variant: &String| {
        if plan.split.is_empty() { 1.0 } else { plan.split.get(variant).copied().unwrap_or(f64::NAN) }
    };
    let weights: Vec<f64> = counts.variants.iter().map(share).collect();
    let total: f64 = weights.iter().filter(|w| w.is_finite()).sum();
    let planned: Vec<f64> = weights.iter().map(|w| w / total).collect();
    // Variants that are planned but were never seen count as zero exposures.
    let absent: Vec<f64> =
        plan.split.iter().filter(|(v, _)| !counts.variants.contains(v)).map(|(_, share)| *share).collect();
    let known: Vec<usize> = (0..weights.len()).filter(|&arm| weights.get(arm).is_some_and(|w| w.is_finite())).collect();
    let exposures = |totals: &[Totals]| -> Vec<u64> {
        let seen = known.iter().map(|&arm| totals.get(arm).map_or(0.0, |t| t.n.max(0.0)).round() as u64);
        seen.chain(absent.iter().map(|_| 0)).collect()
    };
    let shares: Vec<f64> =
        known.iter().filter_map(|&arm| weights.get(arm).copied()).chain(absent.iter().copied()).collect();
    // A hidden count is none to check a split by.
    let is_known = counts.totals.iter().all(|t| t.n.is_finite());
    let once = if shares.len() > 1 && is_known { sample_ratio(&exposures(&counts.totals), &shares) } else { None };
    let looks: Vec<Vec<u64>> = counts.looks.iter().map(|(_, totals)| exposures(totals)).collect();
    let watched = watched_sample_ratio(&looks, &shares, DEFAULT_CONCENTRATION).and_then(|p| p.last().copied());
    let (one_look_p, watched_p) = (once.map_or(f64::NAN, |o| o.test.p), watched.unwrap_or(f64::NAN));
    let state = match once {
        None => SplitState::Unknown,
        Some(_) if watched_p < ONE_LOOK_ALPHA => SplitState::Broken,
        Some(once) if once.is_broken => SplitState::Suspicious,
        Some(_) => SplitState::Fine,
    };
    Split { planned, one_look_p, watched_p, state }
}

fn rival(plan: &ExperimentSpec, counts: &Counts, arm: usize, design: Option<Design>) -> Rival {
    let of = |totals: &[Totals], arm: usize| totals.get(arm).copied().unwrap_or_default();
    let (base, treated) = (of(&counts.totals, 0).proportion(), of(&counts.totals, arm).proportion());
    let both = treated.zip(base);
    let pairs: Vec<_> = counts.looks.iter().map(|(_, totals)| (of(totals, 0).arm(), of(totals, arm).arm())).collect();
    let looks = design.map(|design| watch(design, &pairs)).unwrap_or_default();
    let looks: Vec<(f64, Look)> = counts.looks.iter().map(|(at, _)| *at).zip(looks).collect();
    // The planned test is made once, at the first look that has the planned number.
    let at_horizon = plan
        .horizon
        .and_then(|horizon| counts.looks.iter().find(|(_, totals)| totals.iter().map(|t| t.n).sum::<f64>() >= horizon));
    let fixed = at_horizon.filter(|_| both.is_some()).and_then(|(_, totals)| {
        let (treated, base) = (of(totals, arm).proportion()?, of(totals, 0).proportion()?);
        let p = two_rates_p(treated, base);
        p.is_finite().then(|| Fixed {
            n: totals.iter().map(|t| t.n).sum(),
            p,
            difference: treated.rate() - base.rate(),
            interval: newcombe(treated, base, LEVEL),
            uplift: relative_uplift(treated, base, LEVEL),
        })
    });
    let p = looks.last().map_or(f64::NAN, |(_, look)| look.p);
    Rival {
        arm,
        difference: both.map(|(t, b)| t.rate() - b.rate()),
        uplift: both.and_then(|(t, b)| relative_uplift(t, b, LEVEL)).map(|uplift| uplift.estimate),
        looks,
        fixed,
        p,
        q: p,
    }
}

/// A segment's difference, with its p corrected over the segments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SegmentRow {
    pub(super) name: String,
    pub(super) base: Totals,
    pub(super) treated: Totals,
    pub(super) difference: f64,
    pub(super) interval: Option<Interval>,
    pub(super) p: f64,
    pub(super) q: f64,
}

/// The differences by segment, and the p that they are all the same (Cochran's Q; `None` below two segments).
pub(super) fn by_segment(counts: &Counts, arm: usize) -> (Vec<SegmentRow>, Option<f64>) {
    let mut rows: Vec<SegmentRow> = counts
        .segments
        .iter()
        .map(|(name, totals)| {
            let of = |arm: usize| totals.get(arm).copied().unwrap_or_default();
            let both = of(arm).proportion().zip(of(0).proportion());
            SegmentRow {
                name: name.clone(),
                base: of(0),
                treated: of(arm),
                difference: both.map_or(f64::NAN, |(t, b)| t.rate() - b.rate()),
                interval: both.and_then(|(t, b)| newcombe(t, b, LEVEL)),
                p: both.map_or(f64::NAN, |(t, b)| two_rates_p(t, b)),
                q: f64::NAN,
            }
        })
        .collect();
    let q = holm(&rows.iter().map(|r| r.p).collect::<Vec<_>>());
    for (row, q) in rows.iter_mut().zip(q) {
        row.q = q;
    }
    let p = interaction_p(&rows);
    (rows, p)
}

/// Cochran's Q over the differences: the weighted squares around their weighted mean against chi-squared.
fn interaction_p(rows: &[SegmentRow]) -> Option<f64> {
    let variance = |t: Totals| {
        let rate = t.hits / t.n;
        rate * (1.0 - rate) / t.n
    };
    let weighted: Vec<(f64, f64)> = rows
        .iter()
        .map(|r| (r.difference, 1.0 / (variance(r.base) + variance(r.treated))))
        .filter(|(d, w)| d.is_finite() && w.is_finite() && *w > 0.0)
        .collect();
    if weighted.len() < 2 {
        return None;
    }
    let total: f64 = weighted.iter().map(|p| p.1).sum();
    let mean = weighted.iter().map(|(d, w)| d * w).sum::<f64>() / total;
    let q: f64 = weighted.iter().map(|(d, w)| w * (d - mean).powi(2)).sum();
    Some(dist::chi_squared_sf(q, weighted.len() as f64 - 1.0))
}
