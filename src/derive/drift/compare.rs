//! Each column of the current window against the reference.

use std::rc::Rc;
use std::sync::Arc;

use super::windows::Windows;
use crate::derive::shared::LEVEL;
use crate::derive::shared::tracking::Tracked;
use crate::derive::{Ask, Context};
use crate::frame::Values;
use crate::spec::Task;
use crate::stats::chi_squared::ChiSquared;
use crate::stats::drift::{
    self, CategoricalDrift, Effect, NullChange, NumericDrift, categorical_drift, judge, numeric_drift,
};
use crate::stats::ks::{Ks, KsMethod};

/// Effect below which drift does not matter however sure it is, as in Evidently.
pub(super) const THRESHOLD: f64 = 0.1;
/// Rows in a window below which a warning is due.
pub(super) const FEW_ROWS: usize = 50;
/// Most resamples for the intervals of the effects.
const MAX_RESAMPLES: usize = 200;
const MIN_RESAMPLES: usize = 50;
/// Rows drawn for all resamples of all columns together, which bounds the time.
const MAX_DRAWN: usize = 20_000_000;

/// Columns of a table of predictions that are no features.
const BOOKKEEPING: [&str; 14] = [
    "time",
    "id",
    "row",
    "model",
    "version",
    "variant",
    "region",
    "segment",
    "label",
    "score",
    "prediction",
    "latency_ms",
    "environment",
    "actual",
];
/// What the model gives out.
const OUTPUTS: [&str; 2] = ["score", "prediction"];

/// One column in both windows.
pub(super) struct Compared {
    pub(super) name: String,
    /// Whether it is what the model gives out, not a feature.
    pub(super) is_output: bool,
    pub(super) kind: Kind,
    /// The effect that is judged: Wasserstein for numbers, Jensen-Shannon for categories.
    pub(super) effect: Effect,
    pub(super) p: f64,
    pub(super) q: f64,
    pub(super) is_drifted: bool,
    /// Values present in the reference and now.
    pub(super) n: (usize, usize),
}

/// What was compared, with the reference's values for the heatmap.
pub(super) enum Kind {
    Numeric { drift: NumericDrift, reference: Vec<f64> },
    Categorical { drift: CategoricalDrift },
}

/// The columns to compare: those in the option `features`, else all but the bookkeeping; and the outputs.
fn columns(context: &Context<'_>, windows: &Windows) -> Vec<String> {
    let wanted: Option<Vec<String>> = context
        .panel
        .options
        .get("features")
        .and_then(serde_json::Value::as_array)
        .map(|names| names.iter().filter_map(serde_json::Value::as_str).map(str::to_owned).collect());
    let hidden = &context.workspace.privacy.hidden_columns;
    let all = windows.current.table.columns().iter();
    let is_shown = |name: &str| {
        let is_wanted = match &wanted {
            Some(wanted) => wanted.iter().any(|w| w == name),
            None => !BOOKKEEPING.contains(&name),
        };
        (is_wanted || OUTPUTS.contains(&name)) && !hidden.iter().any(|h| h == name)
    };
    all.filter(|c| !matches!(c.values, Values::Time(_))).map(|c| c.name.clone()).filter(|name| is_shown(name)).collect()
}

/// What a comparison of two windows depends on besides their rows.
pub(super) struct Question {
    names: Vec<String>,
    is_regression: bool,
    threshold: f64,
}

impl Question {
    pub(super) fn new(context: &Context<'_>, model: &Tracked<'_>, windows: &Windows, threshold: f64) -> Self {
        Self { names: columns(context, windows), is_regression: model.model.task == Task::Regression, threshold }
    }

    /// Every column that both windows have, with its p corrected over all of them.
    ///
    /// Kept until the windows change, so that a click on a feature does not draw all intervals again.
    pub(super) fn all(&self, ask: &mut Ask<'_>, windows: &Windows) -> Rc<Vec<Compared>> {
        let n_rows = windows.reference.rows.len() + windows.current.rows.len();
        let n_resamples = (MAX_DRAWN / (self.names.len() * n_rows).max(1)).clamp(MIN_RESAMPLES, MAX_RESAMPLES);
        let found = self.kept(ask, windows, n_resamples);
        for name in self.names.iter().filter(|name| !found.iter().any(|c| c.name == **name)) {
            ask.remark(format!("{name} is not compared: one window has no values of it"));
        }
        found
    }

    /// As [`Question::all`] but without the intervals of the effects, which take most of the time: what is flagged does not depend on them.
    pub(super) fn flagged(&self, ask: &Ask<'_>, windows: &Windows) -> Rc<Vec<Compared>> {
        self.kept(ask, windows, 0)
    }

    fn kept(&self, ask: &Ask<'_>, windows: &Windows, n_resamples: usize) -> Rc<Vec<Compared>> {
        let Self { names, is_regression, threshold } = self;
        let key = format!(
            "drift of {names:?}, classes {}, flagged from {threshold}, {n_resamples} resamples",
            !is_regression
        );
        ask.kept(&[&windows.reference.frame, &windows.current.frame], &key, || {
            compared(windows, names, *is_regression, *threshold, n_resamples)
        })
    }
}

fn compared(
    windows: &Windows,
    names: &[String],
    is_regression: bool,
    threshold: f64,
    n_resamples: usize,
) -> Vec<Compared> {
    let config = drift::Config { level: LEVEL, n_resamples, seed: 0 };
    let one_of = |name: &String| one(windows, name, name == "prediction" && !is_regression, config);
    let mut compared: Vec<Compared> = names.iter().filter_map(one_of).collect();
    let pairs: Vec<(f64, f64)> = compared.iter().map(|c| (c.p, c.effect.value)).collect();
    for (compared, judgement) in compared.iter_mut().zip(judge(&pairs, threshold)) {
        compared.q = judgement.q;
        compared.is_drifted = judgement.is_drifted;
    }
    compared
}

fn one(windows: &Windows, name: &str, is_class: bool, config: drift::Config) -> Option<Compared> {
    let is_text =
        |window: &super::Window| window.table.column(name).is_some_and(|c| matches!(c.values, Values::Text(_)));
    let (kind, effect, p, n) = if is_class || is_text(&windows.current) || is_text(&windows.reference) {
        let (old, new) = (windows.reference.texts(name)?, windows.current.texts(name)?);
        let drift = categorical_drift(&borrowed(&old), &borrowed(&new), config)?;
        let n = present(&drift.nulls);
        let (effect, p) = (drift.jensen_shannon, drift.chi_squared.p);
        (Kind::Categorical { drift }, effect, p, n)
    } else {
        let (reference, current) = (windows.reference.numbers(name)?, windows.current.numbers(name)?);
        let drift = numeric_drift(&reference, &current, config)?;
        let n = present(&drift.nulls);
        let (effect, p) = (drift.wasserstein, drift.ks.p);
        (Kind::Numeric { drift, reference: crate::stats::finite::sorted_present(&reference) }, effect, p, n)
    };
    let is_output = OUTPUTS.contains(&name);
    Some(Compared { name: name.to_owned(), is_output, kind, effect, p, q: f64::NAN, is_drifted: false, n })
}

fn borrowed(texts: &[Option<Arc<str>>]) -> Vec<Option<&str>> {
    texts.iter().map(Option::as_deref).collect()
}

fn present(nulls: &NullChange) -> (usize, usize) {
    (nulls.reference.1 - nulls.reference.0, nulls.current.1 - nulls.current.0)
}

impl Compared {
    pub(super) fn nulls(&self) -> &NullChange {
        match &self.kind {
            Kind::Numeric { drift, .. } => &drift.nulls,
            Kind::Categorical { drift } => &drift.nulls,
        }
    }

    pub(super) fn psi(&self) -> Effect {
        match &self.kind {
            Kind::Numeric { drift, .. } => drift.psi,
            Kind::Categorical { drift } => drift.psi,
        }
    }

    pub(super) fn jensen_shannon(&self) -> Effect {
        match &self.kind {
            Kind::Numeric { drift, .. } => drift.jensen_shannon,
            Kind::Categorical { drift } => drift.jensen_shannon,
        }
    }

    pub(super) fn wasserstein(&self) -> Option<Effect> {
        match &self.kind {
            Kind::Numeric { drift, .. } => Some(drift.wasserstein),
            Kind::Categorical { .. } => None,
        }
    }

    /// Categories that the reference does not have.
    pub(super) fn new_categories(&self) -> &[String] {
        match &self.kind {
            Kind::Numeric { .. } => &[],
            Kind::Categorical { drift } => &drift.new_categories,
        }
    }

    /// What the effect is.
    pub(super) fn effect_name(&self) -> &'static str {
        match &self.kind {
            Kind::Numeric { .. } => "Wasserstein",
            Kind::Categorical { .. } => "Jensen-Shannon",
        }
    }

    /// Which test gave p, and how.
    pub(super) fn test_name(&self) -> String {
        match &self.kind {
            Kind::Numeric { drift: NumericDrift { ks: Ks { method, is_bound, .. }, .. }, .. } => {
                let how = match method {
                    KsMethod::Exact => "KS, exact".to_owned(),
                    KsMethod::Asymptotic => "KS, asymptotic".to_owned(),
                    KsMethod::Permutation { n_drawn } => format!("KS, {n_drawn} permutations"),
                };
                if *is_bound { format!("{how}, upper bound as values repeat") } else { how }
            }
            Kind::Categorical { drift: CategoricalDrift { chi_squared: ChiSquared { n_permutations, .. }, .. } } => {
                if *n_permutations > 0 {
                    format!("chi-squared, {n_permutations} permutations")
                } else {
                    "chi-squared".to_owned()
                }
            }
        }
    }
}
