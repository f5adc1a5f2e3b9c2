//! In short: one true sentence on what changed, and at most six numbers.
//!
//! Every headline is held against the period before, or the range that the selection compares with. The one that moved furthest beyond
//! its noise is named, and of its segments, regions and models the one that contributed most, if that is more than noise too.
//! "No clear change" is a result.

mod moved;
mod pairs;
mod sentence;
mod six;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::moved::{Headline, Kind, Parts};
use self::sentence::{Move, Split};
use self::six::Sides;
use super::business_impact::conversion::{column, measured, number};
use super::shared::{block, links};
use super::{Ask, Context, Stop};
use crate::frame::Frame;
use crate::view::{Block, BlockBody, Callout, Cell, Figure, Grid, View};

/// What a headline's change is split by.
const BY: [&str; 3] = ["segment", "region", "model"];

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let headlines = moved::known(context);
    let risks = context.metric("risks");
    if headlines.is_empty() && risks.is_none() {
        return Err(missing());
    }
    let (against, range) = context.reference_range().unwrap_or(("the period before", context.range.previous()));
    let now = Context { references: narrowing(context), ..context.clone() };
    let earlier = Context { range, ..now.clone() };
    // Everything is asked before the first answer is looked at.
    let asked: Vec<_> = headlines.iter().map(|h| (h, h.ask(&now, ask, &[]), h.ask(&earlier, ask, &[]))).collect();
    let returns = six::Return::ask(&now, &earlier, ask);
    let accounts = context.metric("adoption").map(|metric| six::ask_accounts(&now, ask, metric));
    let risks = risks.map(|metric| (metric, six::ask_risks(&now, ask, metric)));
    let mut read: Vec<(&Headline<'_>, Parts, Option<Parts>)> = Vec::new();
    let mut is_pending = false;
    for (headline, ours, theirs) in asked {
        match (ask.spare(ours), ask.spare(theirs)) {
            (Ok(Some(ours)), Ok(theirs)) => {
                let parts = headline.read(&ours, &[]);
                let before = theirs.map(|frame| headline.read(&frame, &[])).filter(|parts| !is_empty(parts));
                if !is_empty(&parts) || before.is_some() {
                    read.push((headline, parts, before));
                }
            }
            (Err(_), _) | (_, Err(_)) => is_pending = true,
            (Ok(None), Ok(_)) => {}
        }
    }
    if is_pending {
        return Err(Stop::Pending);
    }
    let moves = moves(&read);
    let splits = match sentence::foremost_move(&moves) {
        Some(most) => split(most.headline, &now, &earlier, ask)?,
        None => Vec::new(),
    };
    let pair = match sentence::foremost_move(&moves) {
        Some(most) => pairs::find(most, &splits, &now, &earlier, ask)?,
        None => None,
    };
    let roi = match returns {
        Some(returns) => returns.figure(ask, against)?,
        None => None,
    };
    let accounts = match accounts {
        Some(answer) => ask.spare(answer)?,
        None => None,
    };
    let risks = match risks {
        Some((metric, answer)) => ask.spare(answer)?.and_then(|frame| six::open_risks(context, metric, &frame)),
        None => None,
    };
    let mut figures = figures(&read, against, roi, accounts.as_deref(), risks);
    if figures.is_empty() {
        let failed = ask.first_failure().cloned();
        return Err(failed.map_or_else(|| Stop::empty("there is nothing to sum up in this time range"), Stop::from));
    }
    for figure in &mut figures {
        let foremost = sentence::foremost_move(&moves).filter(|most| most.headline.metric.id == figure.metric);
        let model = foremost.and_then(|most| sentence::foremost_model(&splits, most));
        figure.evidence = six::explained_by(&figure.metric, &read).and_then(|kind| links::of_figure(&now, kind, model));
    }
    let (tone, said) = sentence::sentence(context, &moves, &splits, pair.as_ref(), against);
    let mut blocks = vec![block("changed", "", BlockBody::Callout(Callout { tone, text: said.clone() }))];
    blocks.push(table(&moves));
    if let Some(most) = sentence::foremost_move(&moves) {
        blocks.extend(splits.iter().map(|found| contributions(context, most.headline, found)));
    }
    if pair.is_some() {
        ask.remark(pairs::RULE);
    }
    if moves.len() > 1 {
        ask.remark(format!("the sentence is judged for {} headlines at once (Bonferroni)", moves.len()));
    }
    let n = read.iter().map(|(_, parts, _)| moved::whole(parts).n).filter(|n| n.is_finite()).sum::<f64>();
    Ok(View {
        summary: said,
        figures,
        blocks,
        n: Some((n, "customers, bookings and answers".to_owned())),
        ..View::default()
    })
}

/// What narrows the own side: a comparison with the rest looks at the chosen value only.
fn narrowing<'a>(context: &Context<'a>) -> &'a [super::Reference] {
    if context.rest().is_some() { context.references } else { &[] }
}

fn is_empty(parts: &Parts) -> bool {
    parts.values().all(|part| part.total.n == 0.0)
}

/// How each headline moved, judged for all of them at once.
fn moves<'a>(read: &'a [(&'a Headline<'a>, Parts, Option<Parts>)]) -> Vec<Move<'a>> {
    let compared = || read.iter().filter_map(|(headline, now, before)| Some((*headline, now, before.as_ref()?)));
    let level = moved::level_of(compared().count());
    let one = |(headline, now, before): (&'a Headline<'a>, &'a Parts, &'a Parts)| Move {
        headline,
        before: headline.value(before),
        after: headline.value(now),
        change: headline.change(before, now, level),
    };
    compared().map(one).collect()
}

/// The headline's change by each dimension that its metric carries.
fn split(
    headline: &Headline<'_>,
    now: &Context<'_>,
    earlier: &Context<'_>,
    ask: &mut Ask<'_>,
) -> Result<Vec<Split>, Stop> {
    let is_known = |by: &&str| now.workspace.dimensions.iter().any(|d| d.id == **by);
    let carries = |by: &&str| headline.metric.dimensions.as_ref().is_none_or(|known| known.iter().any(|d| d == *by));
    let dimensions: Vec<&str> = BY.into_iter().filter(is_known).filter(carries).collect();
    type Answer = Result<Arc<Frame>, Stop>;
    let asked: Vec<(&str, Answer, Answer)> = dimensions
        .into_iter()
        .map(|by| (by, headline.ask(now, ask, &[by]), headline.ask(earlier, ask, &[by])))
        .collect();
    let mut sides = Vec::new();
    for (by, ours, theirs) in asked {
        let (ours, theirs) = (ask.spare(ours)?, ask.spare(theirs)?);
        let Some((ours, theirs)) = ours.zip(theirs) else { continue };
        let (ours, theirs) = (headline.read(&ours, &[by]), headline.read(&theirs, &[by]));
        // A single part is the headline itself.
        if ours.len().max(theirs.len()) > 1 {
            sides.push((by, ours, theirs));
        }
    }
    let n_looks = sides.iter().map(|(_, ours, theirs)| ours.len().max(theirs.len())).sum();
    let level = moved::level_of(n_looks);
    let split = |(by, ours, theirs): (&str, Parts, Parts)| Split {
        dimension: by.to_owned(),
        contributions: headline.contributions(&theirs, &ours, level),
        before: theirs,
        after: ours,
    };
    let splits: Vec<Split> = sides.into_iter().map(split).collect();
    let n_hidden = splits.iter().flat_map(|s| &s.contributions).filter(|c| !c.moved.total.is_finite()).count();
    if n_hidden > 0 {
        ask.remark(format!("{n_hidden} parts are hidden or known on one side only, and are left out of the split"));
    }
    Ok(splits)
}

/// The six, in the order in which they are spoken of.
fn figures(
    read: &[(&Headline<'_>, Parts, Option<Parts>)],
    against: &str,
    roi: Option<Figure>,
    accounts: Option<&Frame>,
    risks: Option<Figure>,
) -> Vec<Figure> {
    let sides = |title: &str| {
        let found = read.iter().find(|(headline, ..)| headline.title == title);
        found.map(|(headline, now, before)| Sides { headline, now, before: before.as_ref(), against })
    };
    let quality = read.iter().find(|(headline, ..)| headline.kind == Kind::Hits);
    let mut all: Vec<Figure> = roi.into_iter().collect();
    all.extend(sides("revenue brought by models").map(|s| s.figure("Revenue influenced")));
    all.extend(sides("customer satisfaction").map(|s| s.figure("Customer satisfaction")));
    all.extend(sides("new accounts").zip(accounts).and_then(|(s, earlier)| six::adoption_growth(&s, earlier)));
    all.extend(quality.and_then(|(headline, ..)| sides(headline.title)).map(|s| s.figure("Model quality")));
    all.extend(risks);
    all
}

/// Every headline's change as a share of what it was, since they have different units.
fn table(moves: &[Move<'_>]) -> Block {
    let row = |one: &Move<'_>| {
        let relative = one.change.filter(|_| one.before.abs() > 0.0).and_then(|(delta, interval)| {
            let by = one.before.abs();
            let interval = crate::stats::interval::Interval::new(interval.low / by, interval.high / by)?;
            Some((delta / by, interval))
        });
        let state = match (one.change.is_some(), one.beyond_noise().is_some()) {
            (false, _) => Cell::Status(crate::view::Tone::Unknown, "no interval".to_owned()),
            (true, false) => Cell::Status(crate::view::Tone::Neutral, "no clear change".to_owned()),
            (true, true) => Cell::Status(one.tone(), if one.after > one.before { "rose" } else { "fell" }.to_owned()),
        };
        vec![
            Cell::Text(one.headline.title.to_owned()),
            state,
            measured(relative),
            number(one.beyond_noise().unwrap_or(f64::NAN)),
        ]
    };
    let grid = Grid {
        columns: vec![
            column("Headline", None, "none"),
            column("Called", None, "none"),
            column("Change by what it was", Some("change"), "percentunit"),
            column("In widths of its noise", None, "none"),
        ],
        rows: moves.iter().map(row).collect(),
        ..Grid::default()
    };
    let title = format!("What moved: intervals corrected for {} looks", moves.len());
    block("headlines", &title, BlockBody::Grid(grid)).in_details()
}

/// What each part moved the headline by; a click filters by it.
fn contributions(context: &Context<'_>, headline: &Headline<'_>, split: &Split) -> Block {
    let is_mean = matches!(headline.kind, Kind::Mean | Kind::Hits);
    let unit = headline.unit.id();
    let mut columns = vec![
        column(&sentence_case(&split.dimension), None, "none"),
        column("Moved it by", Some(&headline.metric.id), unit),
    ];
    if is_mean {
        columns.extend([column("of that by its share", None, unit), column("of that by its own value", None, unit)]);
    }
    columns.push(column("Called", None, "none"));
    let row = |found: &moved::Contribution| {
        let moved = match found.moved.interval {
            Some(interval) => measured(Some((found.moved.total, interval))),
            None => number(found.moved.total),
        };
        let mut cells = vec![Cell::Text(sentence::shown(context, &split.dimension, &found.part)), moved];
        if is_mean {
            cells.extend([number(found.moved.mix), number(found.moved.rate)]);
        }
        cells.push(Cell::Text(if found.is_clear() { "clear" } else { "no clear change" }.to_owned()));
        cells
    };
    let grid = Grid {
        columns,
        rows: split.contributions.iter().map(row).collect(),
        row_keys: split.contributions.iter().map(|found| found.part.clone()).collect(),
        row_target: Some(split.dimension.clone()),
        ..Grid::default()
    };
    let title = format!("What {} contributed to {}: not causal", split.dimension, headline.title);
    block(&format!("by-{}", split.dimension), &title, BlockBody::Grid(grid)).in_details()
}

fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn missing() -> Stop {
    Stop::missing(
        "this panel sums up what the workspace knows of the business, and waits for one of revenue, costs, savings, feedback, adoption, risks or confusion-counts",
        "\"metrics\": [\n  { \"id\": \"revenue\", \"unit\": \"currencyEUR\", \"direction\": \"higher\", \"query\": { \"type\": \"table\",\n      \"source\": \"warehouse\", \"table\": \"orders\", \"time\": \"at\", \"unit\": \"user_id\", \"value\": \"amount\" } },\n  { \"id\": \"feedback\", \"direction\": \"higher\", \"target\": 4.2, \"query\": { \"type\": \"table\", \"source\": \"desk\",\n      \"table\": \"feedback\", \"time\": \"at\", \"value\": \"rating\", \"aggregate\": \"mean\" } }\n]",
    )
}
