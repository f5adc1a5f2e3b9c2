//! One prediction behind a failed trace or a comment: its features and what each contributed.

use std::sync::Arc;

use crate::derive::shared::{block, lines, tracking};
use crate::derive::{Ask, Context, Stop};
use crate::frame::{Frame, Labels, Table};
use crate::order::Order;
use crate::query::ArtifactShape;
use crate::units::Unit;
use crate::view::{Bar, BarMark, Bars, Block, BlockBody, Callout, Cell, FeedLine, Grid, GridColumn, Summary, Tone};

/// Features drawn as bars; the table has all.
const MAX_BARS: usize = 20;

/// What is known of one prediction.
struct Found {
    model: String,
    version: Option<String>,
    /// The row under which artifacts know it.
    row: String,
    /// Cells of the prediction's row, in order.
    cells: Vec<(String, String)>,
}

/// The row of a prediction and its contributions; a sentence where nothing is known of it.
///
/// # Errors
/// Only [`Stop::Pending`].
pub(in crate::derive) fn blocks(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    id: &str,
    trace: Option<&FeedLine>,
) -> Result<Vec<Block>, Stop> {
    let named = trace.and_then(|t| t.labels.get("model"));
    let models: Vec<_> =
        tracking::tracked(context).into_iter().filter(|t| named.is_none_or(|name| t.model.id == name)).collect();
    let mut answers = Vec::new();
    for tracked in &models {
        let rows = tracked.predictions(context, ask, context.range, None);
        let versions = tracked.versions(ask);
        answers.push((tracked, rows, versions));
    }
    let mut pending = false;
    let mut blocks = Vec::new();
    for (tracked, rows, versions) in answers {
        let rows = match rows {
            Ok(frame) => frame,
            Err(Stop::Pending) => {
                pending = true;
                continue;
            }
            Err(stop) => {
                ask.excuse(stop);
                None
            }
        };
        let versions = match versions {
            Ok(versions) => versions,
            Err(Stop::Pending) => {
                pending = true;
                continue;
            }
            Err(stop) => {
                ask.excuse(stop);
                Vec::new()
            }
        };
        let logged = rows.as_deref().and_then(Frame::table).and_then(|t| in_log(context, &tracked.model.id, t, id));
        let is_traced = named == Some(tracked.model.id.as_str());
        let found = match logged {
            Some(found) => found,
            None if is_traced => Found {
                model: tracked.model.id.clone(),
                version: trace.and_then(|t| t.labels.get("version")).map(str::to_owned),
                row: id.to_owned(),
                cells: Vec::new(),
            },
            None => continue,
        };
        let run = versions.iter().find(|v| Some(&v.name) == found.version.as_ref()).map(|v| v.run_id.clone());
        let (contributions, held_out) = match run.filter(|run| !run.is_empty()) {
            Some(run) => {
                let contributions =
                    tracked.artifact(ask, &run, "eval/contributions.json", ArtifactShape::Contributions);
                let held_out = tracked.artifact(ask, &run, "eval/predictions.json", ArtifactShape::Rows);
                (known(contributions, &mut pending), known(held_out, &mut pending))
            }
            None => (None, None),
        };
        blocks.extend(shown(context, id, found, contributions.as_deref(), held_out.as_deref()));
    }
    if pending {
        return Err(Stop::Pending);
    }
    if blocks.is_empty() {
        let text = format!("Nothing is logged of prediction {id} in this time range");
        let callout = Callout { tone: Tone::Unknown, text: Summary::text(text) };
        blocks.push(block("prediction", "", BlockBody::Callout(callout)).in_details());
    }
    Ok(blocks)
}

fn known(answer: Result<Option<Arc<Frame>>, Stop>, pending: &mut bool) -> Option<Arc<Frame>> {
    *pending |= answer == Err(Stop::Pending);
    answer.ok().flatten()
}

/// The cells of a row that the workspace lets be seen.
fn cells(context: &Context<'_>, table: &Table, row: usize) -> Vec<(String, String)> {
    let hidden = &context.workspace.privacy.hidden_columns;
    let columns = table.columns().iter().filter(|c| !hidden.contains(&c.name));
    columns.filter_map(|c| Some((c.name.clone(), c.values.text_at(row)?))).collect()
}

/// The prediction in the log, by its id, else the newest one of that held-out row.
fn in_log(context: &Context<'_>, model: &str, table: &Table, id: &str) -> Option<Found> {
    let is = |column: &str, row: &usize| table.text(column, *row).as_deref() == Some(id);
    let rows = || 0..table.n_rows();
    let row = rows().find(|row| is("id", row)).or_else(|| rows().rev().find(|row| is("row", row)))?;
    Some(Found {
        model: model.to_owned(),
        version: table.text("version", row),
        row: table.text("row", row).unwrap_or_else(|| id.to_owned()),
        cells: cells(context, table, row),
    })
}

fn shown(
    context: &Context<'_>,
    id: &str,
    found: Found,
    contributions: Option<&Frame>,
    held_out: Option<&Frame>,
) -> Vec<Block> {
    let mut labels = Labels::new().with("model", &found.model);
    if let Some(version) = &found.version {
        labels.set("version", version);
    }
    let name = lines::title(context, &labels);
    let mut cells_of = found.cells;
    if cells_of.is_empty()
        && let Some(table) = held_out.and_then(Frame::table)
        && let Some(row) = (0..table.n_rows()).find(|&row| table.text("id", row).as_deref() == Some(&found.row))
    {
        cells_of = cells(context, table, row);
    }
    let hidden = &context.workspace.privacy.hidden_columns;
    let parts: Vec<(String, f64, f64)> = contributions
        .and_then(Frame::table)
        .map(|table| {
            (0..table.n_rows())
                .filter(|&row| table.text("id", row).as_deref() == Some(&found.row))
                .filter_map(|row| {
                    Some((table.text("feature", row)?, table.number("contribution", row), table.number("value", row)))
                })
                .filter(|(feature, ..)| !hidden.contains(feature))
                .collect()
        })
        .unwrap_or_default();
    let mut blocks = Vec::new();
    if !parts.is_empty() {
        let body = contribution_bars(&parts, &labels);
        let title = format!("{name}, what each feature of {id} contributed");
        blocks.push(block("contributions", &title, BlockBody::Bars(body)).of_width(6).in_details());
    }
    if !cells_of.is_empty() {
        let grid = Grid {
            columns: ["Field", "Value"]
                .map(|title| GridColumn { title: title.to_owned(), metric: None, unit: Unit::default() })
                .to_vec(),
            rows: cells_of.into_iter().map(|(field, value)| vec![Cell::Text(field), Cell::Text(value)]).collect(),
            ..Grid::default()
        };
        let title = format!("{name}, prediction {id}");
        blocks.push(block("prediction", &title, BlockBody::Grid(grid)).of_width(6).in_details());
    }
    if parts.is_empty() && !blocks.is_empty() {
        let text = format!("No contributions are logged for {name}: eval/contributions.json lacks row {}", found.row);
        let callout = Callout { tone: Tone::Unknown, text: Summary::text(text) };
        blocks.push(block("no-contributions", "", BlockBody::Callout(callout)).in_details());
    }
    blocks
}

/// The largest contributions first, with the feature's value beside the name.
fn contribution_bars(parts: &[(String, f64, f64)], labels: &Labels) -> Bars {
    let mut parts: Vec<&(String, f64, f64)> = parts.iter().filter(|p| p.1.is_finite()).collect();
    parts.order_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let bar = |(feature, contribution, value): &&(String, f64, f64)| Bar {
        title: feature.clone(),
        key: feature.clone(),
        series: labels.clone().with("feature", feature),
        entity: String::new(),
        value: *contribution,
        low: f64::NAN,
        high: f64::NAN,
        reference: f64::NAN,
        note: if value.is_finite() { format!("= {value}") } else { String::new() },
    };
    Bars {
        metric: "contribution".to_owned(),
        bars: parts.iter().take(MAX_BARS).map(bar).collect(),
        mark: BarMark::Bar,
        ..Bars::default()
    }
}
