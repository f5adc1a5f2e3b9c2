//! Market adoption: accounts in use over time, the growth of new ones, and their share of those that could be, by region and segment.
//!
//! Who left is left out: an account counts from its sign-up to the day that it leaves.

mod curve;
mod parts;
#[cfg(test)]
mod tests;
pub(super) mod users;

use super::business_impact::conversion::{part, titled};
use super::shared::figures;
use super::{Ask, By, Context, Other, Stop};
use crate::query::Bucket;
use crate::spec::{MetricQuerySpec, MetricSpec};
use crate::stats::interval::Proportion;
use crate::units::{Direction, Unit};
use crate::view::{Block, Figure, Summary, View};
use parts::{AskedParts, Part};
use users::{Asked, Months};

/// Penetration is shown by these; by country only on the panel's own page.
const BY: [&str; 3] = ["region", "segment", "country"];

/// The answers about one side.
struct Answers {
    to_ms: i64,
    whole: Asked,
    months: Asked,
    market: Option<AskedParts>,
    by: Vec<(&'static str, AskedParts)>,
}

/// What is known of one side.
struct Found {
    months: Months,
    in_use: Option<f64>,
    /// Accounts and market over everything; `None` without a market.
    whole: Option<Part>,
    by: Vec<(&'static str, Vec<Part>)>,
}

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let adoption = context.metric("adoption").ok_or_else(missing)?;
    if matches!(&adoption.query, MetricQuerySpec::Table { unit: None, .. }) {
        return Err(Stop::missing(
            format!("{} does not say which column names the account, so accounts cannot be counted", adoption.title()),
            "\"unit\": \"user_id\"",
        ));
    }
    let market = context.metric("market");
    let other = context.other();
    let own = Answers::ask(context, ask, adoption, market);
    let reference = other.as_ref().map(|other| (other, Answers::ask(&other.context, ask, adoption, market)));
    let own = own.read(context, ask, adoption, market);
    let before = match reference {
        Some((other, answers)) => match answers.read(&other.context, ask, adoption, market) {
            Err(Stop::Pending) => return Err(Stop::Pending),
            Ok(found) => Some((other, found)),
            Err(stop) => {
                ask.excuse(stop);
                ask.remark(format!("adoption is not known of {}", other.title));
                None
            }
        },
        None => None,
    };
    let own = own.map_err(Stop::taught)?;
    if own.months.starts.is_empty() {
        return Err(Stop::empty("no account had signed up by the end of this time range"));
    }
    if market.is_none() {
        ask.remark("penetration waits for the metric market: how many accounts there could be, by region and segment");
    }
    if curve::shown_range(context.range).from_ms < Bucket::Month.start_ms(context.range.from_ms) {
        ask.remark("the curve looks back a year from the end of the time range");
    }
    let to_ms = context.range.to_ms;
    let of_before = before.as_ref().map(|(other, found)| (*other, found));
    let months_before = of_before.map(|(other, found)| (other, &found.months));
    let growth = curve::growth_figure(context, &own.months, months_before, to_ms);
    let in_use_before = of_before.map(|(other, found)| (other, found.in_use));
    let accounts = curve::accounts_figure(context, adoption, own.in_use, &own.months, in_use_before);
    let penetration = own.whole.as_ref().map(|whole| penetration_figure(context, whole, of_before));
    let summary = summary(&growth, &accounts, penetration.as_ref(), &own);

    let mut all = vec![growth];
    let mut details = vec![accounts];
    match penetration {
        Some(penetration) => all.push(penetration),
        None => all.append(&mut details),
    }
    if context.details {
        all.append(&mut details);
    }
    let mut blocks = Vec::new();
    let curve = curve::curve(context, adoption, &own.months, months_before);
    let rate = own.whole.as_ref().and_then(Part::rate);
    for (at, (by, parts)) in own.by.iter().enumerate() {
        let before = of_before.map(|(other, found)| (other, found.parts(by)));
        let before = before.map_or(&[][..], |(_, parts)| parts);
        let values = parts::bars(context, by, parts, before, rate);
        let map = parts::map(context, by, parts, values.clone());
        let dots = parts::dots(by, values);
        // On the dashboard the first is a map where it has one; its intervals are then on the panel's own page.
        let (shown, behind) = if map.is_some() { (map, dots) } else { (dots, None) };
        let is_first = at == 0;
        // A map wants more room than dots.
        let width = if behind.is_some() { 7 } else { 6 };
        let placed = |block: Block| if is_first { block.of_width(width) } else { block.of_width(6).in_details() };
        blocks.extend(shown.map(placed));
        blocks.extend(behind.map(|dots| dots.of_width(6).in_details()));
    }
    let beside = blocks.first().map_or(0, |first| first.width);
    let curve = curve.map(|curve| curve.of_width(12 - beside));
    blocks.splice(0..0, curve);
    blocks.extend(curve::new_by_month(context, &own.months));
    for (by, parts) in &own.by {
        let before = of_before.map(|(other, found)| (other, found.parts(by)));
        blocks.extend(parts::table(context, by, parts, before));
    }
    Ok(View {
        summary,
        figures: all,
        blocks,
        n: own.in_use.map(|n| (n, "accounts in use".to_owned())),
        as_of_ms: Some(to_ms.min(context.now_ms) as f64),
        ..View::default()
    })
}

impl Answers {
    fn ask(context: &Context<'_>, ask: &mut Ask<'_>, adoption: &MetricSpec, market: Option<&MetricSpec>) -> Self {
        let to_ms = context.range.to_ms;
        let whole = users::ask(context, ask, adoption, to_ms, &[]);
        let months = users::ask(context, ask, adoption, to_ms, &[By::Time(Bucket::Month)]);
        let (mut all, mut by) = (None, Vec::new());
        if let Some(market) = market {
            let both = (adoption, market);
            all = Some(parts::ask(context, ask, both, to_ms, None));
            for name in BY.into_iter().filter(|name| context.details || *name != "country") {
                by.push((name, parts::ask(context, ask, both, to_ms, Some(name))));
            }
        }
        Self { to_ms, whole, months, market: all, by }
    }

    /// Reads the answers; a grouping that fails makes the panel partial.
    fn read(
        self,
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        adoption: &MetricSpec,
        market: Option<&MetricSpec>,
    ) -> Result<Found, Stop> {
        let whole = self.whole.read(ask, adoption, "");
        let by_month = self.months.read(ask, adoption, "time");
        let mut is_pending = false;
        let mut spared = |ask: &mut Ask<'_>, answer: Result<Vec<Part>, Stop>| match answer {
            Ok(found) => Some(found),
            Err(Stop::Pending) => {
                is_pending = true;
                None
            }
            Err(stop) => {
                ask.excuse(stop);
                None
            }
        };
        let (mut total, mut by) = (None, Vec::new());
        if let Some(market) = market {
            let both = (adoption, market);
            if let Some(asked) = self.market {
                let answer = asked.read(context, ask, both, None);
                total = spared(ask, answer).and_then(|parts| parts.into_iter().next());
            }
            for (name, asked) in self.by {
                let answer = asked.read(context, ask, both, Some(name));
                by.extend(spared(ask, answer).filter(|parts| !parts.is_empty()).map(|parts| (name, parts)));
            }
        }
        if is_pending {
            return Err(Stop::Pending);
        }
        let (whole, by_month) = (whole?, by_month?);
        let k = context.workspace.privacy.small_cells.smallest();
        let months = Months::of(&by_month, &whole, self.to_ms);
        Ok(Found { months, in_use: whole.total(k), whole: total, by })
    }
}

impl Found {
    fn parts(&self, by: &str) -> &[Part] {
        self.by.iter().find(|(name, _)| *name == by).map_or(&[], |(_, parts)| parts.as_slice())
    }
}

fn penetration_figure(context: &Context<'_>, whole: &Part, before: Option<(&Other<'_>, &Found)>) -> Figure {
    let title = titled("Penetration", part(context));
    let mut figure = figures::named("penetration", &title, "percentunit", Direction::Higher);
    let Some(rate) = whole.rate() else {
        figure.method = Some(if whole.in_use.is_nan() {
            "not shown: too few accounts".to_owned()
        } else {
            "none: the market is not known for this selection, or holds fewer accounts than are in use".to_owned()
        });
        return figure;
    };
    figures::fill_rate(&mut figure, rate);
    figure.method = Some("accounts in use of those that could be, who left is left out; Wilson interval".to_owned());
    if let Some((other, found)) = before
        && let Some(reference) = found.whole.as_ref().and_then(Part::rate)
    {
        figures::compare_rates(&mut figure, rate, reference, other.title);
        figure.method = Some(
            "accounts in use of those that could be, who left is left out; Wilson interval, Newcombe's of the change as if the two were independent"
                .to_owned(),
        );
    }
    figure
}

fn summary(growth: &Figure, accounts: &Figure, penetration: Option<&Figure>, found: &Found) -> Summary {
    let (short, share) = (Unit::from("short"), Unit::from("percentunit"));
    let mut said = match accounts.value {
        Some(n) => Summary::default().value(n, &short).then(" accounts are in use"),
        None => Summary::text("too few accounts are in use to be shown"),
    };
    if let Some((figure, value)) = penetration.and_then(|figure| Some((figure, figure.value?))) {
        said = said.then(", ").value(value, &share).then(" of those that could be");
        said = figures::say_change(said, figure);
    }
    said = match (growth.value, growth.low, growth.high) {
        (Some(value), Some(low), Some(high)) => {
            let word = if low > 0.0 {
                "new ones grew"
            } else if high < 0.0 {
                "new ones fell"
            } else {
                "no clear change of new ones"
            };
            said.then(format!("; {word}: "))
                .value(value, &share)
                .then(" (")
                .value(low, &share)
                .then(" to ")
                .value(high, &share)
                .then(") over the last 3 whole months against the 3 before")
        }
        _ => said,
    };
    let regions = found.parts("region").iter().filter_map(|part| Some((part, part.rate()?)));
    let rates: Vec<(&Part, Proportion)> = regions.collect();
    let by_rate = |a: &&(&Part, Proportion), b: &&(&Part, Proportion)| a.1.rate().total_cmp(&b.1.rate());
    let ends = rates.iter().max_by(by_rate).zip(rates.iter().min_by(by_rate));
    match ends.filter(|_| rates.len() > 1) {
        Some((most, least)) => said
            .then(format!("; most in {} (", most.0.name))
            .value(most.1.rate(), &share)
            .then(format!("), least in {} (", least.0.name))
            .value(least.1.rate(), &share)
            .then(")"),
        None => said,
    }
}

fn missing() -> Stop {
    Stop::missing(
        "this panel waits for the metric adoption: a table of accounts, when each signed up and when it left",
        "\"metrics\": [\n  { \"id\": \"adoption\", \"direction\": \"higher\", \"query\": { \"type\": \"table\", \"source\": \"warehouse\",\n      \"table\": \"users\", \"time\": \"at\", \"unit\": \"user_id\", \"aggregate\": \"units\",\n      \"columns\": { \"churned_at\": \"churned_at\" } } },\n  { \"id\": \"market\", \"query\": { \"type\": \"table\", \"source\": \"records\",\n      \"table\": \"market.csv\", \"value\": \"accounts\" } }\n]",
    )
}
