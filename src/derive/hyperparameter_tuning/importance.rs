//! Which parameters mattered: permutation importance of a random forest, and rank correlation.
//!
//! The forest is of all runs, whatever is brushed, so that a brush does not wait for it; the setting `fit=brushed` fits the runs
//! within the brushes instead. A forest is kept until the runs change.

use std::rc::Rc;

use super::study::Study;
use crate::derive::shared::brushes;
use crate::derive::shared::sweep::{Objective, Param};
use crate::derive::{Ask, Context};
use crate::frame::Labels;
use crate::order::Order;
use crate::stats::forest::{Config, Forest, Input, LEAST_ROWS};
use crate::stats::ranks::spearman;
use crate::stats::rng::Rng;
use crate::view::{AxisSpec, Bar, BarMark, Bars};

/// Runs given to the forest: more are drawn from.
const MAX_ROWS: usize = 500;
const N_TREES: usize = 100;
/// Normal quantile of a 95 % interval.
const Z: f64 = 1.96;

/// A forest with what it says.
pub(super) struct Fitted {
    pub(super) forest: Forest,
    /// Keys of its inputs in order.
    pub(super) keys: Vec<String>,
    pub(super) importance: Importance,
    /// What tells it from the other forests of the same runs.
    pub(super) name: String,
}

/// What the forest says of each parameter that varies, the most important first.
#[derive(Debug)]
pub(super) struct Importance {
    pub(super) n: usize,
    n_all: usize,
    is_of_brushed: bool,
    pub(super) r2_unseen: f64,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    key: String,
    share: f64,
    half_width: f64,
    /// Spearman's coefficient, for numeric parameters.
    rank_correlation: Option<f64>,
}

/// Whether the viewer wants the importance within the brushes only.
pub(super) fn is_of_brushed(context: &Context<'_>) -> bool {
    context.setting("fit") == Some("brushed")
}

/// The forest of the objective by the parameters that vary, or why there is none.
pub(super) fn fitted(context: &Context<'_>, ask: &Ask<'_>, study: &Study<'_>) -> Rc<Result<Fitted, String>> {
    let sweep = study.sweep;
    let is_of_brushed = is_of_brushed(context) && brushes::any(context, sweep);
    let within = if is_of_brushed { format!(" within {:?}", context.selection.brushes) } else { String::new() };
    let name = format!("forest of {} by {}{within}", study.objective.key, sweep.experiment);
    ask.kept(&[&sweep.frame], &name, || fit(study, is_of_brushed, name.clone()))
}

fn fit(study: &Study<'_>, is_of_brushed: bool, name: String) -> Result<Fitted, String> {
    let params: Vec<&Param> = study.sweep.params.iter().filter(|p| p.varies).collect();
    if params.is_empty() {
        return Err("no parameter differs between the runs".to_owned());
    }
    let is_usable = |run: &usize| study.objective.cost(*run).is_finite() && (!is_of_brushed || study.is_held(*run));
    let usable: Vec<usize> = (0..study.sweep.len()).filter(is_usable).collect();
    if usable.len() < LEAST_ROWS {
        return Err(format!("{} runs have a {}, and a forest needs {LEAST_ROWS}", usable.len(), study.objective.key));
    }
    let rows = drawn(&usable);
    let target = |&run: &usize| study.objective.values.get(run).copied().unwrap_or(f64::NAN);
    let targets: Vec<f64> = rows.iter().map(target).collect();
    let inputs: Vec<Input> = params.iter().map(|p| input(p, &rows)).collect();
    let forest = Forest::fit(&inputs, &targets, Config { n_trees: N_TREES, ..Config::default() })
        .ok_or_else(|| "the forest could not be fitted".to_owned())?;
    let found = forest.importance();
    let total: f64 = found.error_rise.iter().map(|rise| rise.max(0.0)).sum();
    let mut values = vec![f64::NAN; study.sweep.len()];
    for &run in &usable {
        if let Some(value) = values.get_mut(run) {
            *value = study.objective.values.get(run).copied().unwrap_or(f64::NAN);
        }
    }
    let mut parts: Vec<Part> = params
        .iter()
        .enumerate()
        .map(|(i, param)| Part {
            key: param.key.clone(),
            share: found.share.get(i).copied().unwrap_or(0.0),
            half_width: if total > 0.0 {
                Z * found.standard_error.get(i).copied().unwrap_or(f64::NAN) / total
            } else {
                f64::NAN
            },
            rank_correlation: param.numbers.as_ref().and_then(|x| spearman(x, &values)).map(|c| c.coefficient),
        })
        .collect();
    parts.order_by(|a, b| b.share.total_cmp(&a.share));
    let importance = Importance { n: found.n, n_all: usable.len(), is_of_brushed, r2_unseen: found.r2_unseen, parts };
    Ok(Fitted { forest, keys: params.iter().map(|p| p.key.clone()).collect(), importance, name })
}

/// All rows, or a seeded sample of them in order.
fn drawn(usable: &[usize]) -> Vec<usize> {
    let mut rows = usable.to_vec();
    if rows.len() > MAX_ROWS {
        Rng::new(0).shuffle(&mut rows);
        rows.truncate(MAX_ROWS);
        rows.sort_unstable();
    }
    rows
}

fn input(param: &Param, rows: &[usize]) -> Input {
    match &param.numbers {
        Some(numbers) => {
            Input::Numeric(rows.iter().map(|&run| numbers.get(run).copied().unwrap_or(f64::NAN)).collect())
        }
        None => Input::Categorical(rows.iter().map(|&run| param.text(run).map(str::to_owned)).collect()),
    }
}

impl Importance {
    /// The most important parameter; `None` if the forest found nothing.
    pub(super) fn most(&self) -> Option<&str> {
        self.parts.first().filter(|p| p.share > 0.0).map(|p| p.key.as_str())
    }

    /// A parameter's share, 0 for one that is not known.
    pub(super) fn share(&self, key: &str) -> f64 {
        self.parts.iter().find(|p| p.key == key).map_or(0.0, |p| p.share)
    }

    /// What the bars are of: on which runs the forest was fitted.
    pub(super) fn title(&self) -> String {
        let of = if self.is_of_brushed { "runs within the brushes" } else { "runs" };
        if self.n < self.n_all {
            format!("Importance, n = {} drawn from {} {of}", self.n, self.n_all)
        } else {
            format!("Importance, n = {} {of}", self.n)
        }
    }

    /// What a reader of the bars must know.
    pub(super) fn remark(&self) -> Option<String> {
        let sample =
            (self.n < self.n_all).then(|| format!("importance from a sample of {} of {} runs", self.n, self.n_all));
        let weak = (self.r2_unseen <= 0.0).then(|| {
            "the forest does not predict runs that it has not seen: read nothing into the importances".to_owned()
        });
        match (sample, weak) {
            (Some(sample), Some(weak)) => Some(format!("{sample}; {weak}")),
            (sample, weak) => sample.or(weak),
        }
    }

    /// Shares with intervals over the trees; the note is Spearman's rank correlation.
    pub(super) fn bars(&self, objective: &Objective) -> Bars {
        let bar = |part: &Part| Bar {
            title: part.key.clone(),
            key: part.key.clone(),
            series: Labels::new().with("param", part.key.clone()).with("key", objective.key.clone()),
            value: part.share,
            low: (part.share - part.half_width).max(0.0),
            high: part.share + part.half_width,
            reference: f64::NAN,
            note: part.rank_correlation.map(|rho| format!("ρ {rho:+.2}")).unwrap_or_default(),
            ..Bar::default()
        };
        Bars {
            metric: "parameter-importance".to_owned(),
            axis: AxisSpec { unit: "percentunit".into(), min: Some(0.0), ..AxisSpec::default() },
            bars: self.parts.iter().map(bar).collect(),
            target: Some("param".to_owned()),
            mark: BarMark::Bar,
            readings: Vec::new(),
        }
    }
}
