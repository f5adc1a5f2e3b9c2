//! The return of each model: what the whole is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Metrics;
use super::money::{MODEL, total_at};
use super::returns::roi;
use super::terms::Terms;
use crate::derive::business_impact::conversion::{column, number};
use crate::derive::shared::block;
use crate::derive::{Ask, By, Context, Stop};
use crate::frame::Frame;
use crate::spec::MetricSpec;
use crate::units::Unit;
use crate::view::{Block, BlockBody, Cell, Grid};

/// The questions by model; a metric that does not carry it leaves its column empty.
pub(super) struct Asked {
    frames: [Option<Result<Arc<Frame>, Stop>>; 3],
}

/// What one model brought and cost.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    revenue: f64,
    savings: f64,
    cost: f64,
    n: f64,
}

impl Asked {
    /// Asks for revenue, savings and costs by model.
    pub(super) fn of(context: &Context<'_>, ask: &mut Ask<'_>, metrics: &Metrics<'_>) -> Self {
        let mut groups = |metric: Option<&MetricSpec>, kind: bool| {
            let by: Vec<By<'_>> =
                [Some(By::Dimension("model")), kind.then_some(By::Part("kind"))].into_iter().flatten().collect();
            metric.map(|metric| ask.groups(context, metric, context.range, &by, &[]))
        };
        Self {
            frames: [groups(metrics.revenue, true), groups(metrics.savings, false), groups(Some(metrics.costs), false)],
        }
    }

    /// The table, whose rows filter by their model; `None` below two models.
    ///
    /// # Errors
    /// Only [`Stop::Pending`].
    pub(super) fn table(
        self,
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        terms: &Terms,
        unit: &Unit,
        title: &str,
    ) -> Result<Option<Block>, Stop> {
        let mut models: BTreeMap<String, Share> = BTreeMap::new();
        for (place, answer) in self.frames.into_iter().enumerate() {
            let frame = match answer {
                Some(answer) => ask.spare(answer)?,
                None => None,
            };
            let Some(table) = frame.as_ref().and_then(|frame| frame.table()) else { continue };
            let wanted = |row: &usize| place != 0 || table.text("kind", *row).as_deref() == Some(MODEL);
            for row in (0..table.n_rows()).filter(wanted) {
                let Some(model) = table.text("model", row) else { continue };
                let (share, total) = (models.entry(model).or_default(), total_at(table, row));
                match place {
                    0 => share.revenue += total.sum,
                    1 => share.savings += total.sum,
                    _ => share.cost += total.sum,
                }
                share.n += total.n;
            }
        }
        if models.len() < 2 {
            return Ok(None);
        }
        let title_of = |id: &str| {
            let known = context.workspace.models.iter().find(|m| m.id == id);
            known.and_then(|m| m.title.clone()).unwrap_or_else(|| id.to_owned())
        };
        let row = |(id, share): (&String, &Share)| {
            let benefit = terms.share.value * share.revenue + share.savings;
            let cost = terms.cost.value * share.cost;
            vec![
                Cell::Text(title_of(id)),
                number(benefit),
                number(cost),
                number(benefit - cost),
                number(roi(benefit, cost)),
                number(share.n),
            ]
        };
        let grid = Grid {
            columns: vec![
                column("Model", None, "none"),
                column("Benefit", Some("benefit"), unit.id()),
                column("Cost", Some("cost"), unit.id()),
                column("Benefit less cost", None, unit.id()),
                column("ROI", Some("roi"), "percentunit"),
                column("n, customers and bookings", None, "short"),
            ],
            rows: models.iter().map(row).collect(),
            row_keys: models.keys().cloned().collect(),
            row_target: Some("model".to_owned()),
            ..Grid::default()
        };
        Ok(Some(block("by-model", title, BlockBody::Grid(grid)).in_details()))
    }
}
