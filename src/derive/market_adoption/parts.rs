//! Penetration by region, segment and country: accounts in use of those that could.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::users::{self, Asked};
use crate::derive::business_impact::conversion::{column, measured, number};
use crate::derive::shared::{LEVEL, block, places};
use crate::derive::{Ask, By, Context, Other, Stop, aggregate_at};
use crate::frame::{Frame, Labels};
use crate::order::Order;
use crate::spec::MetricSpec;
use crate::stats::interval::{Proportion, newcombe, wilson};
use crate::units::Unit;
use crate::view::{AxisSpec, Bar, BarMark, Bars, Block, BlockBody, Cell, Grid, Reading, Tone};

/// The answers about one side in groups.
pub(super) struct AskedParts {
    users: Asked,
    market: Result<Arc<Frame>, Stop>,
}

/// One group.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Part {
    pub(super) name: String,
    /// Accounts in use; `NaN` where too few.
    pub(super) in_use: f64,
    /// Accounts that there could be; `NaN` where the market is not known.
    pub(super) could: f64,
}

impl Part {
    /// `None` where hidden, where the market is not known, or where more are in use than there could be.
    pub(super) fn rate(&self) -> Option<Proportion> {
        let is_known = self.in_use >= 0.0 && self.could >= 1.0 && self.could.is_finite();
        is_known.then(|| Proportion::new(self.in_use.round() as u64, self.could.round() as u64)).flatten()
    }

    /// Why there is no rate; `None` where there is one.
    fn reason(&self) -> Option<&'static str> {
        match self.rate() {
            Some(_) => None,
            None if self.in_use.is_nan() => Some("too few to show"),
            None if self.could.is_nan() => Some("market not known"),
            None => Some("more than the market"),
        }
    }
}

/// What accounts are grouped by.
pub(super) fn key<'a>(context: &Context<'_>, by: &'a str) -> By<'a> {
    if context.workspace.dimensions.iter().any(|d| d.id == by) { By::Dimension(by) } else { By::Part(by) }
}

/// Asks for one side's accounts and market by one key, or over everything.
pub(super) fn ask(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    (adoption, market): (&MetricSpec, &MetricSpec),
    to_ms: i64,
    by: Option<&str>,
) -> AskedParts {
    let keys: Vec<By<'_>> = by.map(|by| key(context, by)).into_iter().collect();
    AskedParts {
        users: users::ask(context, ask, adoption, to_ms, &keys),
        market: ask.groups(context, market, context.range, &keys, &[]),
    }
}

impl AskedParts {
    /// The groups, the largest market first. Empty where the tables do not carry the key.
    ///
    /// # Errors
    /// As [`Ask::groups`].
    pub(super) fn read(
        self,
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        (adoption, market): (&MetricSpec, &MetricSpec),
        by: Option<&str>,
    ) -> Result<Vec<Part>, Stop> {
        let key = by.unwrap_or_default();
        let found = self.users.read(ask, adoption, key);
        let frame = self.market?;
        let in_use = found?.in_use(context.workspace.privacy.small_cells.smallest());
        let Some(table) = frame.table() else { return Ok(Vec::new()) };
        if by.is_some() && table.column(key).is_none() {
            return Ok(Vec::new());
        }
        let mut could: BTreeMap<String, f64> = BTreeMap::new();
        for row in 0..table.n_rows() {
            *could.entry(table.text(key, row).unwrap_or_default()).or_default() += aggregate_at(market, table, row);
        }
        let mut names: Vec<&String> = could.keys().chain(in_use.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let part = |name: &String| Part {
            name: name.clone(),
            in_use: in_use.get(name).copied().unwrap_or(0.0),
            could: could.get(name).copied().unwrap_or(f64::NAN),
        };
        let mut parts: Vec<Part> = names.into_iter().map(part).collect();
        parts.order_by(|a, b| b.could.max(0.0).total_cmp(&a.could.max(0.0)));
        Ok(parts)
    }
}

/// The groups as dots with whiskers and what they are compared with.
pub(super) fn dots(by: &str, values: Bars) -> Option<Block> {
    let title = format!("Penetration by {by}, Wilson intervals");
    (!values.bars.is_empty()).then(|| block(&format!("by-{by}"), &title, BlockBody::Bars(values)))
}

/// The groups on a map; `None` where none of them has a place on it.
pub(super) fn map(context: &Context<'_>, by: &str, parts: &[Part], values: Bars) -> Option<Block> {
    let words = parts.iter().map(|part| part.reason().unwrap_or_default().to_owned()).collect();
    places::map(context, by, (&format!("map-{by}"), &format!("Penetration by {by}")), values, words)
}

/// The groups' values with their intervals and what they are compared with.
pub(super) fn bars(
    context: &Context<'_>,
    by: &str,
    parts: &[Part],
    before: &[Part],
    whole: Option<Proportion>,
) -> Bars {
    let bar = |part: &Part| {
        let rate = part.rate();
        let interval = rate.and_then(|rate| wilson(rate, LEVEL));
        let reference = before.iter().find(|other| other.name == part.name).and_then(Part::rate);
        let note = match (part.reason(), rate) {
            (Some(reason), _) => reason.to_owned(),
            (None, Some(rate)) => format!("n {}", rate.n()),
            (None, None) => String::new(),
        };
        Bar {
            title: shown(&part.name).to_owned(),
            key: part.name.clone(),
            series: Labels::new().with(by, shown(&part.name)),
            entity: String::new(),
            value: rate.map_or(f64::NAN, Proportion::rate),
            low: interval.map_or(f64::NAN, |i| i.low),
            high: interval.map_or(f64::NAN, |i| i.high),
            reference: reference.map_or(f64::NAN, Proportion::rate),
            note,
        }
    };
    let all = |rate: Proportion| Reading { value: rate.rate(), title: "all".to_owned(), tone: Tone::Neutral };
    Bars {
        metric: "penetration".to_owned(),
        axis: AxisSpec { unit: Unit::from("percentunit"), min: Some(0.0), ..AxisSpec::default() },
        bars: parts.iter().map(bar).collect(),
        target: target(context, by, parts),
        mark: BarMark::Dot,
        readings: whole.map(all).into_iter().collect(),
    }
}

/// The groups as rows: accounts in use, how many could, the share and its change.
pub(super) fn table(
    context: &Context<'_>,
    by: &str,
    parts: &[Part],
    before: Option<(&Other<'_>, &[Part])>,
) -> Option<Block> {
    let mut letters = by.chars();
    let heading: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let mut columns = vec![
        column(&heading, None, "none"),
        column("In use", Some("adoption"), "short"),
        column("Could be (n)", Some("market"), "short"),
        column("Penetration", Some("penetration"), "percentunit"),
    ];
    columns.extend(before.map(|(other, _)| {
        column(&format!("Change against {}", other.title), Some("penetration-change"), "percentunit")
    }));
    let row = |part: &Part| {
        let rate = part.rate();
        let in_use = if part.in_use.is_nan() {
            Cell::Status(Tone::Unknown, "too few to show".to_owned())
        } else {
            number(part.in_use)
        };
        let share = rate.and_then(|rate| Some((rate.rate(), wilson(rate, LEVEL)?)));
        let mut cells = vec![Cell::Text(shown(&part.name).to_owned()), in_use, number(part.could), measured(share)];
        if let Some((_, before)) = before {
            let other = before.iter().find(|other| other.name == part.name).and_then(Part::rate);
            let change = rate.zip(other).and_then(|(a, b)| Some((a.rate() - b.rate(), newcombe(a, b, LEVEL)?)));
            cells.push(measured(change));
        }
        cells
    };
    let row_target = target(context, by, parts);
    let grid = Grid {
        columns,
        rows: parts.iter().map(row).collect(),
        row_keys: if row_target.is_some() { parts.iter().map(|p| p.name.clone()).collect() } else { Vec::new() },
        row_target,
        ..Grid::default()
    };
    let title = format!("Accounts in use of those that could, by {by}");
    (!grid.rows.is_empty()).then(|| block(&format!("table-{by}"), &title, BlockBody::Grid(grid)).in_details())
}

/// A group without a name is said to have none.
fn shown(name: &str) -> &str {
    if name.is_empty() { "not named" } else { name }
}

/// What a click filters by: the dimension, if the workspace has it.
fn target(context: &Context<'_>, by: &str, parts: &[Part]) -> Option<String> {
    let is_dimension = context.workspace.dimensions.iter().any(|d| d.id == by);
    (is_dimension && parts.iter().all(|part| !part.name.is_empty())).then(|| by.to_owned())
}
