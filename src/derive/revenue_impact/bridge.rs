//! From the revenue without models to all revenue, step by step.

use std::collections::BTreeMap;

use crate::derive::business_impact::conversion::{column, measured, number};
use crate::derive::roi::money::{MODEL, total_at};
use crate::derive::shared::{LEVEL, block};
use crate::frame::{Frame, Labels};
use crate::stats::total::Total;
use crate::units::Unit;
use crate::view::{AxisSpec, Bar, BarMark, Bars, Block, BlockBody, Cell, Grid};

/// The components in the order in which a business speaks of them; others follow by name.
const ORDER: [&str; 4] = ["new", "expansion", "retention", "churn"];

/// Revenue of a range by kind and component.
#[derive(Clone, Debug, Default)]
pub(super) struct Bridge {
    /// What the models did not bring in.
    pub(super) baseline: Total,
    /// What they did.
    pub(super) model: Total,
    /// The same by component; a customer may be in several.
    pub(super) steps: Vec<(String, Total)>,
    /// All revenue; a customer with revenue of both kinds counts once.
    pub(super) all: Total,
    /// Rows whose kind is missing: counted as baseline.
    pub(super) n_unknown: f64,
}

impl Bridge {
    /// Reads groups by kind, by kind and component, and the one of all rows.
    pub(super) fn of([kinds, components, all]: [&Frame; 3]) -> Self {
        let mut bridge = Self::default();
        if let Some(table) = all.table().filter(|table| table.n_rows() > 0) {
            bridge.all = total_at(table, 0);
        }
        for (kind, _, total, n_rows) in rows(kinds) {
            if kind.as_deref() == Some(MODEL) {
                bridge.model = bridge.model.with(total);
            } else {
                bridge.baseline = bridge.baseline.with(total);
                bridge.n_unknown += if kind.is_none() { n_rows } else { 0.0 };
            }
        }
        let mut steps: BTreeMap<String, Total> = BTreeMap::new();
        for (_, component, total, _) in rows(components).into_iter().filter(|row| row.0.as_deref() == Some(MODEL)) {
            let known = steps.entry(component.unwrap_or_else(|| "without component".to_owned())).or_default();
            *known = known.with(total);
        }
        let place = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
        bridge.steps = steps.into_iter().collect();
        bridge.steps.sort_by_key(|(name, _)| place(name));
        bridge
    }

    /// Whether nothing was booked.
    pub(super) fn is_empty(&self) -> bool {
        self.baseline.n <= 0.0 && self.model.n <= 0.0
    }

    /// Running totals: where each step starts and ends.
    fn running(&self) -> Vec<(String, Total, f64, f64)> {
        let mut at = self.baseline.sum;
        let step = |(name, total): &(String, Total)| {
            let from = at;
            at += total.sum;
            (name.clone(), *total, from, at)
        };
        self.steps.iter().map(step).collect()
    }

    /// The waterfall: each step is a bar from the running total before it to that after it.
    pub(super) fn waterfall(&self, metric: &str, unit: &Unit, what_if: Option<f64>) -> Block {
        let bar = |title: String, key: &str, value: f64, reference: f64, note: &str| Bar {
            title,
            key: key.to_owned(),
            series: Labels::new().with("step", key),
            value,
            reference,
            low: f64::NAN,
            high: f64::NAN,
            note: note.to_owned(),
            ..Bar::default()
        };
        let mut bars = vec![bar("Without models".to_owned(), "baseline", self.baseline.sum, 0.0, "")];
        for (name, total, from, to) in self.running() {
            let note = if total.sum < 0.0 { "▼" } else { "▲" };
            bars.push(bar(format!("Models: {name}"), &name, to, from, note));
        }
        let all = self.all.sum;
        bars.push(bar("All revenue".to_owned(), "all", all, 0.0, ""));
        if let Some(change) = what_if {
            let note = if change > 0.0 { "▼ errors cost more" } else { "▲ errors cost less" };
            bars.push(bar("What if: less errors' change of cost".to_owned(), "threshold", all - change, all, note));
        }
        let body = Bars {
            metric: metric.to_owned(),
            axis: AxisSpec { unit: unit.clone(), ..AxisSpec::default() },
            bars,
            mark: BarMark::Step,
            ..Bars::default()
        };
        block("waterfall", "From the revenue without models to all revenue", BlockBody::Bars(body))
    }

    /// The steps with their intervals.
    pub(super) fn table(&self, metric: &str, unit: &Unit, before: Option<(&str, &Self)>) -> Block {
        let with_interval = |total: &Total| match total.interval(LEVEL) {
            Some(interval) => measured(Some((total.sum, interval))),
            None => number(total.sum),
        };
        let row = |title: &str, total: &Total, running: f64, other: Option<Total>| {
            let mut cells = vec![Cell::Text(title.to_owned()), with_interval(total), number(running), number(total.n)];
            if before.is_some() {
                cells.push(number(other.map_or(f64::NAN, |t| t.sum)));
                let change = other
                    .and_then(|t| crate::stats::total::difference(*total, t, LEVEL).map(|i| (total.sum - t.sum, i)));
                cells.push(measured(change));
            }
            cells
        };
        let of_before = |name: &str| {
            let (_, bridge) = before?;
            Some(bridge.steps.iter().find(|(known, _)| known == name).map_or_else(Total::default, |(_, total)| *total))
        };
        let mut rows = vec![row("Without models", &self.baseline, self.baseline.sum, before.map(|(_, b)| b.baseline))];
        rows.extend(
            self.running()
                .into_iter()
                .map(|(name, total, _, to)| row(&format!("Models: {name}"), &total, to, of_before(&name))),
        );
        let mut columns = vec![
            column("Step", None, "none"),
            column("Amount", Some(metric), unit.id()),
            column("Running total", None, unit.id()),
            column("n", None, "short"),
        ];
        if let Some((title, _)) = before {
            columns.push(column(title, None, unit.id()));
            columns.push(column("Change", None, unit.id()));
        }
        let grid = Grid { columns, rows, ..Grid::default() };
        block("steps", "Steps: 95 % intervals of totals over customers", BlockBody::Grid(grid)).in_details()
    }
}

/// Kind, component, moments and number of rows of each group.
fn rows(frame: &Frame) -> Vec<(Option<String>, Option<String>, Total, f64)> {
    let Some(table) = frame.table() else { return Vec::new() };
    let row = |row: usize| {
        (table.text("kind", row), table.text("component", row), total_at(table, row), table.number("rows", row))
    };
    (0..table.n_rows()).map(row).collect()
}
