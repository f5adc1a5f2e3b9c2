//! The features as a table, the two distributions of one, and the distance of each over time.

use std::collections::HashMap;

use super::compare::{Compared, FEW_ROWS, Kind};
use super::windows::Windows;
use crate::derive::{Ask, Context};
use crate::frame::Labels;
use crate::order::Order;
use crate::stats::drift::Effect;
use crate::stats::drift_bins::{Bins, jensen_shannon};
use crate::stats::finite;
use crate::stats::wasserstein::wasserstein_in_reference_sd;
use crate::view::{AxisSpec, Bar, BarMark, Bars, Cell, Grid, GridColumn, Matrix, Tone};

const MAX_TIME_BINS: usize = 24;
/// Rows in a cell of the heatmap below which a distance says nothing.
const LEAST_ROWS_IN_CELL: usize = 10;
/// Rows that a time bin should have on average.
const ROWS_IN_BIN: usize = 30;
const MAX_HEATMAP_ROWS: usize = 20;
const OVERVIEW_HEATMAP_ROWS: usize = 6;
/// Categories beyond it are drawn together.
const MAX_BARS: usize = 30;

pub(super) struct Paint<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) windows: &'a Windows,
    pub(super) importance: &'a HashMap<String, f64>,
    pub(super) threshold: f64,
}

impl Paint<'_> {
    /// One row a column of the data; the panel's own page has every distance.
    pub(super) fn grid(&self, compared: &[&Compared]) -> Grid {
        let column = |title: &str, metric: &str, unit: &str| GridColumn {
            title: title.to_owned(),
            metric: (!metric.is_empty()).then(|| metric.to_owned()),
            unit: unit.into(),
        };
        let mut columns = vec![
            column("Feature", "", "none"),
            column("State", "", "none"),
            column("Effect", "drift-effect", "none"),
            column("q", "drift-q", "none"),
        ];
        let details = self.context.details;
        if !self.importance.is_empty() {
            columns.push(column("Importance", "feature-importance", "none"));
        }
        if details {
            columns.extend([
                column("p", "drift-p", "none"),
                column("Test", "", "none"),
                column("Statistic", "drift-statistic", "none"),
                column("Wasserstein", "drift-wasserstein", "none"),
                column("Jensen-Shannon", "drift-jensen-shannon", "none"),
                column("PSI", "drift-psi", "none"),
                column("Missing, change", "drift-null-change", "percentunit"),
                column("New categories", "", "none"),
                column("n reference", "drift-n-reference", "none"),
                column("n now", "drift-n-current", "none"),
            ]);
        }
        let row = |c: &Compared| -> Vec<Cell> {
            let mut cells = vec![Cell::Text(c.name.clone()), self.state(c), effect_cell(Some(c.effect)), number(c.q)];
            if !self.importance.is_empty() {
                cells.push(self.importance.get(&c.name).map_or(Cell::Missing, |i| number(*i)));
            }
            if details {
                cells.extend(Self::detail_cells(c));
            }
            cells
        };
        Grid {
            columns,
            rows: compared.iter().copied().map(row).collect(),
            row_keys: compared.iter().map(|c| c.name.clone()).collect(),
            row_target: Some("feature".to_owned()),
            n_total: Some(compared.len() as u64),
            ..Grid::default()
        }
    }

    fn detail_cells(c: &Compared) -> Vec<Cell> {
        let nulls = c.nulls();
        let null_cell = match (nulls.difference, nulls.interval) {
            (Some(change), Some(interval)) => Cell::Interval(change, interval.low, interval.high),
            (Some(change), None) => Cell::Number(change),
            _ => Cell::Missing,
        };
        let statistic = match &c.kind {
            Kind::Numeric { drift, .. } => drift.ks.statistic,
            Kind::Categorical { drift } => drift.chi_squared.statistic,
        };
        vec![
            number(c.p),
            Cell::Text(c.test_name()),
            number(statistic),
            effect_cell(c.wasserstein()),
            effect_cell(Some(c.jensen_shannon())),
            effect_cell(Some(c.psi())),
            null_cell,
            if c.new_categories().is_empty() { Cell::Missing } else { Cell::Text(c.new_categories().join(", ")) },
            Cell::Number(c.n.0 as f64),
            Cell::Number(c.n.1 as f64),
        ]
    }

    /// Drift first, then what else is wrong, then why nothing is clear.
    fn state(&self, c: &Compared) -> Cell {
        let has_more_nulls = c.nulls().interval.is_some_and(|i| i.low > 0.0);
        let (tone, word) = if c.is_drifted {
            (Tone::Bad, "drifted")
        } else if !c.new_categories().is_empty() {
            (Tone::Warning, "new categories")
        } else if has_more_nulls {
            (Tone::Warning, "more missing")
        } else if c.n.0.min(c.n.1) < FEW_ROWS {
            (Tone::Unknown, "few rows")
        } else if c.effect.value >= self.threshold {
            (Tone::Neutral, "not sure")
        } else {
            (Tone::Neutral, "no clear drift")
        };
        Cell::Status(tone, word.to_owned())
    }

    /// Shares of both windows by bin; the reference is the outline.
    pub(super) fn distribution(c: &Compared) -> Bars {
        let (titles, old, new): (Vec<String>, Vec<f64>, Vec<f64>) = match &c.kind {
            Kind::Numeric { drift, .. } => {
                (bin_titles(&drift.binned.bins), drift.binned.reference.clone(), drift.binned.current.clone())
            }
            Kind::Categorical { drift } => {
                let counts = drift.counts.iter();
                (
                    counts.clone().map(|(name, ..)| name.clone()).collect(),
                    counts.clone().map(|(_, old, _)| *old as f64).collect(),
                    counts.map(|(.., new)| *new as f64).collect(),
                )
            }
        };
        let (n_old, n_new): (f64, f64) = (old.iter().sum(), new.iter().sum());
        let bar = |((title, old), new): ((&String, &f64), &f64)| Bar {
            title: title.clone(),
            key: title.clone(),
            series: Labels::new().with("feature", c.name.clone()).with("bin", title.clone()),
            value: new / n_new,
            low: f64::NAN,
            high: f64::NAN,
            reference: old / n_old,
            ..Bar::default()
        };
        let mut bars: Vec<Bar> = titles.iter().zip(&old).zip(&new).map(bar).collect();
        if bars.len() > MAX_BARS && matches!(c.kind, Kind::Categorical { .. }) {
            fold_rare(&mut bars);
        }
        Bars {
            metric: "drift-distribution".to_owned(),
            axis: AxisSpec {
                title: "Share of rows".to_owned(),
                unit: "percentunit".into(),
                min: Some(0.0),
                ..AxisSpec::default()
            },
            bars,
            mark: BarMark::Histogram,
            ..Bars::default()
        }
    }

    /// Distance of each time bin from the reference, the first features only; `None` where rows have no time.
    ///
    /// A click on a row chooses its feature.
    pub(super) fn heatmap(&self, ask: &Ask<'_>, compared: &[&Compared]) -> Option<Matrix> {
        let most = if self.context.details { MAX_HEATMAP_ROWS } else { OVERVIEW_HEATMAP_ROWS };
        let shown = compared.get(..compared.len().min(most)).unwrap_or_default();
        let names: Vec<&str> = shown.iter().map(|c| c.name.as_str()).collect();
        let range = self.context.range;
        let key = format!("drift over time of {names:?}, {} to {}", range.from_ms, range.to_ms);
        let frames = [&self.windows.reference.frame, &self.windows.current.frame];
        Option::clone(&ask.kept(&frames, &key, || self.over_time(shown)))
    }

    fn over_time(&self, shown: &[&Compared]) -> Option<Matrix> {
        let current = &self.windows.current;
        let times = current.numbers("time")?;
        let n_timed = times.iter().filter(|t| t.is_finite()).count();
        let n_bins = (n_timed / ROWS_IN_BIN).clamp(1, MAX_TIME_BINS);
        let range = self.context.range;
        let width = range.width_ms() as f64 / n_bins as f64;
        if n_timed == 0 || width <= 0.0 {
            return None;
        }
        let bin_of = |time: f64| {
            let bin = ((time - range.from_ms as f64) / width).floor();
            (bin >= 0.0 && range.contains(time)).then(|| (bin as usize).min(n_bins - 1))
        };
        let places: Vec<Option<usize>> = times.iter().map(|&t| bin_of(t)).collect();
        let (mut values, mut counts) = (Vec::new(), Vec::new());
        for c in shown {
            for (value, n) in self.distances(c, &places, n_bins) {
                values.push(value);
                counts.push(n as f64);
            }
        }
        let starts: Vec<f64> = (0..n_bins).map(|bin| range.from_ms as f64 + width * bin as f64).collect();
        Some(Matrix {
            metric: "drift-effect".to_owned(),
            row_title: "Feature".to_owned(),
            column_title: "Time".to_owned(),
            rows: shown.iter().map(|c| c.name.clone()).collect(),
            columns: starts.iter().map(|t| format!("{t:.0}")).collect(),
            column_times: starts,
            values,
            counts,
            target: Some("feature".to_owned()),
            ..Matrix::default()
        })
    }

    /// Distance and rows of each time bin; `NaN` where there are too few rows.
    fn distances(&self, c: &Compared, places: &[Option<usize>], n_bins: usize) -> Vec<(f64, usize)> {
        let enough = |n: usize, distance: &dyn Fn() -> f64| if n < LEAST_ROWS_IN_CELL { f64::NAN } else { distance() };
        match &c.kind {
            Kind::Numeric { reference, .. } => {
                let mut bins: Vec<Vec<f64>> = vec![Vec::new(); n_bins];
                let values = self.windows.current.numbers(&c.name).unwrap_or_default();
                for (value, place) in values.into_iter().zip(places).filter(|(v, _)| v.is_finite()) {
                    if let Some(bin) = place.and_then(|p| bins.get_mut(p)) {
                        bin.push(value);
                    }
                }
                let distance = |bin: &Vec<f64>| {
                    (enough(bin.len(), &|| wasserstein_in_reference_sd(reference, bin)), finite::n_present(bin))
                };
                bins.iter().map(distance).collect()
            }
            Kind::Categorical { drift } => {
                let mut bins: Vec<Vec<f64>> = vec![vec![0.0; drift.counts.len()]; n_bins];
                let texts = self.windows.current.texts(&c.name).unwrap_or_default();
                for (text, place) in texts.iter().zip(places) {
                    let category = text.as_deref().and_then(|t| drift.counts.iter().position(|(name, ..)| name == t));
                    let cell = place.and_then(|p| bins.get_mut(p)).zip(category).and_then(|(bin, i)| bin.get_mut(i));
                    if let Some(count) = cell {
                        *count += 1.0;
                    }
                }
                let reference: Vec<f64> = drift.counts.iter().map(|(_, old, _)| *old as f64).collect();
                let distance = |bin: &Vec<f64>| {
                    let n = bin.iter().sum::<f64>() as usize;
                    (enough(n, &|| jensen_shannon(&reference, bin)), n)
                };
                bins.iter().map(distance).collect()
            }
        }
    }
}

fn number(value: f64) -> Cell {
    if value.is_finite() { Cell::Number(value) } else { Cell::Missing }
}

fn effect_cell(effect: Option<Effect>) -> Cell {
    match effect {
        Some(Effect { value, interval: Some(interval) }) => Cell::Interval(value, interval.low, interval.high),
        Some(Effect { value, .. }) => number(value),
        None => Cell::Missing,
    }
}

/// The commonest categories, and the rest as one bar.
fn fold_rare(bars: &mut Vec<Bar>) {
    bars.order_by(|a, b| b.value.max(b.reference).total_cmp(&a.value.max(a.reference)));
    let rare = bars.split_off(MAX_BARS - 1);
    let Some(mut rest) = rare.first().cloned() else { return };
    rest.title = format!("{} others", rare.len());
    rest.key.clone_from(&rest.title);
    rest.series.set("bin", rest.title.clone());
    rest.value = rare.iter().map(|b| b.value).sum();
    rest.reference = rare.iter().map(|b| b.reference).sum();
    bars.push(rest);
}

/// Bins by their lower edge, or their one value.
fn bin_titles(bins: &Bins) -> Vec<String> {
    match bins {
        Bins::Values(values) => values.iter().map(ToString::to_string).collect(),
        Bins::Edges(edges) => {
            let width = edges.iter().zip(edges.iter().skip(1)).map(|(a, b)| b - a).fold(f64::INFINITY, f64::min);
            // Enough decimals to tell neighbours apart.
            let decimals = (1.0 - width.log10()).ceil().clamp(0.0, 12.0) as usize;
            let pair = |(a, b): (&f64, &f64)| format!("{a:.decimals$} to {b:.decimals$}");
            edges.iter().zip(edges.iter().skip(1)).map(pair).collect()
        }
    }
}
