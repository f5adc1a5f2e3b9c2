//! Every consumer, hottest first, and the hottest of each resource as a figure.

use super::consumer::Consumer;
use super::used::{Use, WARM};
use crate::derive::shared::{figures, lines};
use crate::derive::{Other, ReferenceKind};
use crate::order::Order;
use crate::units::{Direction, Unit};
use crate::view::{Cell, Figure, Grid, GridColumn, Summary, Tone};

/// Share of the limit from which use needs action.
const HOT: f64 = 0.9;

/// The consumer that stands against one: the same at another time; of the rest or another model the hottest.
fn against<'a>(other: &Other<'_>, theirs: &'a Use<'_>, own: &Consumer) -> Option<&'a Consumer> {
    match other.kind {
        ReferenceKind::Range(_) => theirs.consumers.iter().find(|c| c.labels == own.labels),
        _ => theirs.consumers.first(),
    }
}

/// The hottest consumer of each resource that has a limit or a full mark, hottest first.
pub(super) fn hottest(uses: &[Use<'_>], other: Option<(&Other<'_>, &[Use<'_>])>) -> Vec<Figure> {
    let mut found: Vec<(f64, Figure)> = uses.iter().filter_map(|u| figure(u, other)).collect();
    found.order_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, figure)| figure).collect()
}

fn figure(used: &Use<'_>, other: Option<(&Other<'_>, &[Use<'_>])>) -> Option<(f64, Figure)> {
    let full = used.full()?;
    let first = used.consumers.first()?;
    let now = if used.is_share { first.used / first.limit } else { first.used };
    let mut figure = figures::named(
        &used.metric.id,
        &format!("{}, {}", used.title, first.line.title),
        used.unit().id(),
        Direction::Lower,
    );
    figure.series = first.labels.clone();
    figure.value = now.is_finite().then_some(now);
    let what = if first.line.x.len() > 1 { "mean over the newest time step" } else { "one reading" };
    figure.method = Some(format!("highest of {}, {what}: no interval", used.consumers.len()));
    figure.spark = lines::spark(&first.line.x, &first.line.y);
    if let Some((other, theirs)) = other
        && let Some(theirs) =
            theirs.iter().find(|theirs| theirs.metric.id == used.metric.id && theirs.unit() == used.unit())
        && let Some(reference) = against(other, theirs, first)
    {
        figures::compare(&mut figure, theirs.share(reference) * full, None, other.title);
    }
    now.is_finite().then_some((now / full, figure))
}

pub(super) fn summary(hottest: Option<&Figure>, uses: &[Use<'_>]) -> Summary {
    let Some(figure) = hottest else {
        return Summary::text("use of resources over time; no limits are known");
    };
    let shares = uses.iter().flat_map(|used| used.consumers.iter().map(|consumer| used.share(consumer)));
    let known: Vec<f64> = shares.filter(|share| share.is_finite()).collect();
    let n_warm = known.iter().filter(|share| **share >= WARM).count();
    Summary::text(format!("the hottest is {} at ", figure.title))
        .value(figure.value.unwrap_or(f64::NAN), &figure.unit)
        .then(format!(" of its limit; {n_warm} of {} with a limit use ", known.len()))
        .value(WARM, &Unit::from("percentunit"))
        .then(" of it or more")
}

pub(super) fn table(uses: &[Use<'_>], other: Option<(&Other<'_>, &[Use<'_>])>) -> Grid {
    let column = |title: &str, unit: &str| GridColumn { title: title.to_owned(), metric: None, unit: Unit::from(unit) };
    let mut grid = Grid {
        columns: vec![
            column("Resource", "none"),
            column("Consumer", "none"),
            column("Share of limit", "percentunit"),
            column("Share of request", "percentunit"),
            column("Highest", "percentunit"),
            column("State", "none"),
        ],
        ..Grid::default()
    };
    if let Some((other, _)) = other {
        grid.columns.push(column(&format!("Change against {}", other.title), "percentunit"));
    }
    let mut rows: Vec<(f64, Vec<Cell>)> = Vec::new();
    for used in uses {
        let full = used.full();
        for consumer in &used.consumers {
            let now = used.share(consumer);
            let peak = if used.is_share { consumer.peak } else { full.map_or(f64::NAN, |f| consumer.peak / f) };
            let number = |value: f64| if value.is_finite() { Cell::Number(value) } else { Cell::Missing };
            let share = |value: f64| if value.is_finite() { Cell::Share(value, value) } else { Cell::Missing };
            let state = match now {
                v if v >= HOT => Cell::Status(Tone::Bad, "hot".to_owned()),
                v if v >= WARM => Cell::Status(Tone::Warning, "warm".to_owned()),
                v if v.is_finite() => Cell::Status(Tone::Good, "fine".to_owned()),
                _ => Cell::Status(Tone::Unknown, "no limit known".to_owned()),
            };
            let mut cells = vec![
                Cell::Text(used.title.to_owned()),
                Cell::Text(consumer.line.title.clone()),
                share(now),
                number(consumer.share_of_request()),
                share(peak),
                state,
            ];
            if let Some((other, theirs)) = other {
                let reference = theirs.iter().find(|theirs| theirs.metric.id == used.metric.id);
                let reference = reference.and_then(|theirs| Some(theirs.share(against(other, theirs, consumer)?)));
                cells.push(number(now - reference.unwrap_or(f64::NAN)));
            }
            rows.push((if now.is_finite() { now } else { -1.0 }, cells));
        }
    }
    rows.order_by(|a, b| b.0.total_cmp(&a.0));
    grid.rows = rows.into_iter().map(|(_, cells)| cells).collect();
    grid
}
