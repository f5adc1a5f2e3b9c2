//! The funnel: users that reached each step, by variant.

use std::sync::Arc;

use super::conversion::{column, measured, number};
use super::outcomes::{Arm, Effect};
use crate::derive::shared::{LEVEL, block};
use crate::derive::{Ask, By, Context, Stop};
use crate::frame::{Frame, Labels};
use crate::order::Order;
use crate::privacy;
use crate::spec::{MetricQuerySpec, MetricSpec};
use crate::stats::interval::wilson;
use crate::stats::multiplicity::holm;
use crate::units::Unit;
use crate::view::{AxisSpec, Bar, Bars, Block, BlockBody, Cell, Grid};

/// Users by variant and step.
pub(super) struct Funnel<'a> {
    metric: &'a MetricSpec,
    baseline: String,
    /// Steps in order.
    steps: Vec<String>,
    /// Variants, the baseline first, with the users of each step; `NaN` is hidden.
    variants: Vec<(String, Vec<f64>)>,
}

impl<'a> Funnel<'a> {
    /// Asks for the steps of what is looked at.
    ///
    /// # Errors
    /// As [`Ask::groups`]; [`Stop::Empty`] if nobody reached a step.
    pub(super) fn ask(context: &Context<'_>, ask: &mut Ask<'_>, metric: &'a MetricSpec) -> Result<Self, Stop> {
        let by = [By::Part("step"), By::Part("variant")];
        let frame: Arc<Frame> = ask.groups(context, metric, context.range, &by, &[])?;
        let baseline = context.option("baseline").unwrap_or("control");
        let planned = context.panel.options.get("steps").and_then(serde_json::Value::as_array);
        let planned: Vec<&str> = planned.into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
        let mut found = Self::read(metric, &frame, baseline, &planned);
        if let Some(k) = context.workspace.privacy.small_cells.smallest().filter(|_| has_unit(metric)) {
            found.hide_few_lost(ask, k);
        }
        if found.steps.is_empty() {
            return Err(Stop::empty("nobody reached a step of the funnel in this time range"));
        }
        if planned.is_empty() {
            ask.remark("the steps of the funnel are ordered by how many reached them; the panel's option steps sets another order");
        }
        Ok(found)
    }

    fn read(metric: &'a MetricSpec, frame: &Frame, baseline: &str, planned: &[&str]) -> Self {
        let count = if has_unit(metric) { "units" } else { "rows" };
        let mut cells: Vec<(String, String, f64)> = Vec::new();
        if let Some(table) = frame.table() {
            for row in 0..table.n_rows() {
                if let Some(step) = table.text("step", row) {
                    cells.push((step, table.text("variant", row).unwrap_or_default(), table.number(count, row)));
                }
            }
        }
        let mut steps: Vec<String> = cells.iter().map(|(step, ..)| step.clone()).collect();
        steps.sort();
        steps.dedup();
        let reached = |step: &String| -> f64 {
            cells.iter().filter(|(of, ..)| of == step).map(|(.., n)| *n).filter(|n| n.is_finite()).sum()
        };
        steps.order_by(|a, b| {
            let place = |step: &String| planned.iter().position(|p| p == step).unwrap_or(planned.len());
            place(a).cmp(&place(b)).then(reached(b).total_cmp(&reached(a)))
        });
        let mut names: Vec<String> = cells.iter().map(|(_, variant, _)| variant.clone()).collect();
        names.sort();
        names.dedup();
        names.order_by_key(|name| name != baseline);
        let users = |variant: &String| {
            let at = |step: &String| cells.iter().find(|(s, v, _)| s == step && v == variant).map_or(0.0, |(.., n)| *n);
            (variant.clone(), steps.iter().map(at).collect())
        };
        let variants = names.iter().map(users).collect();
        Self { metric, baseline: baseline.to_owned(), steps, variants }
    }

    /// Hides steps that few did not reach of those at a step before: these are people too.
    fn hide_few_lost(&mut self, ask: &mut Ask<'_>, k: u32) {
        let mut is_any = false;
        for (_, users) in &mut self.variants {
            let shown = privacy::thinned(users, k);
            is_any |= shown.iter().zip(users.iter()).any(|(shown, n)| shown.is_nan() && !n.is_nan());
            *users = shown;
        }
        if is_any {
            ask.remark(format!("steps that fewer than {k} users did not reach are hidden"));
        }
    }

    /// Users at a step out of those at the first, or at the step before.
    fn arm(users: &[f64], step: usize, of: usize) -> Arm {
        let at = |step: usize| users.get(step).copied().unwrap_or(f64::NAN);
        Arm { n: at(of), hits: at(step) }
    }

    /// Shares of the first step as bars, and every step with its intervals.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let title = "Funnel, share of the first step: 95 % Wilson intervals";
        let bars = block("funnel", title, BlockBody::Bars(self.bars())).in_details();
        let title = "Funnel by step and variant: Wilson and Newcombe intervals, corrected by Holm over the steps";
        vec![bars, block("funnel-steps", title, BlockBody::Grid(self.table())).in_details()]
    }

    fn bars(&self) -> Bars {
        let mut bars = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            for (variant, users) in &self.variants {
                let arm = Self::arm(users, at, 0);
                let interval = arm.proportion().and_then(|p| wilson(p, LEVEL));
                bars.push(Bar {
                    title: if variant.is_empty() { step.clone() } else { format!("{step}, {variant}") },
                    key: step.clone(),
                    series: Labels::new().with("step", step).with("variant", variant),
                    entity: variant.clone(),
                    value: arm.rate(),
                    low: interval.map_or(f64::NAN, |i| i.low),
                    high: interval.map_or(f64::NAN, |i| i.high),
                    reference: f64::NAN,
                    note: String::new(),
                });
            }
        }
        Bars {
            metric: self.metric.id.clone(),
            axis: AxisSpec { unit: Unit::from("percentunit"), min: Some(0.0), ..AxisSpec::default() },
            bars,
            ..Bars::default()
        }
    }

    fn table(&self) -> Grid {
        let mut rows = Vec::new();
        let base = self.variants.iter().find(|(name, _)| *name == self.baseline).map(|(_, users)| users);
        let mut effects: Vec<Option<Effect>> = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            for (variant, users) in &self.variants {
                let (of_first, of_last) = (Self::arm(users, at, 0), Self::arm(users, at, at.saturating_sub(1)));
                let rate = |arm: Arm| arm.proportion().and_then(|p| wilson(p, LEVEL).map(|i| (p.rate(), i)));
                let other = base.filter(|_| *variant != self.baseline && at > 0);
                let effect = other.map(|base| Effect::of(of_first, Self::arm(base, at, 0)));
                rows.push(vec![
                    Cell::Text(step.clone()),
                    Cell::Text(variant.clone()),
                    number(of_first.hits),
                    measured(rate(of_first)),
                    if at > 0 { measured(rate(of_last)) } else { Cell::Missing },
                    measured(effect.and_then(|e| e.measured())),
                ]);
                effects.push(effect);
            }
        }
        let q = holm(&effects.iter().map(|e| e.map_or(f64::NAN, |e| e.p)).collect::<Vec<_>>());
        for (row, q) in rows.iter_mut().zip(q) {
            row.push(number(q));
        }
        Grid {
            columns: vec![
                column("Step", None, "none"),
                column("Variant", None, "none"),
                column("Users", Some(&self.metric.id), "short"),
                column("Of the first step", Some("funnel-share"), "percentunit"),
                column("Of the step before", Some("funnel-share"), "percentunit"),
                column("Difference to the baseline", Some("funnel-difference"), "percentunit"),
                column("p, corrected", None, "none"),
            ],
            rows,
            ..Grid::default()
        }
    }
}

fn has_unit(metric: &MetricSpec) -> bool {
    matches!(&metric.query, MetricQuerySpec::Table { unit: Some(_), .. })
}
