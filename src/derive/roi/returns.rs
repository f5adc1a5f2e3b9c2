//! Benefit, cost, return and payback, from money and assumptions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::money::Money;
use super::terms::Terms;
use crate::derive::shared::LEVEL;
use crate::stats::bootstrap::{Bootstrap, Config, Design, block_length, bootstrap};
use crate::stats::interval::Interval;

/// Fewest weeks from which an interval is computed.
pub(super) const MIN_WEEKS: usize = 8;
/// Costs are booked by month, so that no shorter stretch of weeks is like another.
const MIN_BLOCK: usize = 4;

/// The money of a side of the panel.
#[derive(Clone, Debug, Default)]
pub(in crate::derive) struct Books {
    /// Revenue of the kind `model`; `None` if the workspace has no such metric.
    pub(in crate::derive) revenue: Option<Money>,
    /// Savings; `None` as above.
    pub(in crate::derive) savings: Option<Money>,
    /// Costs.
    pub(in crate::derive) costs: Money,
    /// What errors cost less at the chosen threshold, over the range.
    pub(in crate::derive) threshold: Option<f64>,
}

/// One month of the range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::derive) struct Month {
    /// Its start, milliseconds.
    pub(in crate::derive) at_ms: i64,
    /// Benefit in it; `NaN` where a part of it is hidden.
    pub(in crate::derive) benefit: f64,
    /// Cost in it.
    pub(in crate::derive) cost: f64,
}

/// What came out.
#[derive(Clone, Debug)]
pub(in crate::derive) struct Returns {
    /// Benefit, cost, and return on cost: estimates with their intervals.
    pub(in crate::derive) benefit: (f64, Option<Interval>),
    /// As `benefit`.
    pub(in crate::derive) cost: (f64, Option<Interval>),
    /// As `benefit`; `NaN` without costs.
    pub(in crate::derive) roi: (f64, Option<Interval>),
    /// By month.
    pub(in crate::derive) months: Vec<Month>,
    /// Which method gave the intervals, or why there are none.
    pub(in crate::derive) method: String,
}

impl Books {
    /// Works out the return under assumptions, discounted to `from_ms`.
    pub(in crate::derive) fn returns(&self, terms: &Terms, from_ms: i64) -> Returns {
        let is_discounted = terms.discount.value > 0.0;
        let of = |money: &Money| {
            if is_discounted {
                money.months.iter().map(|(&at, v)| v * terms.worth(at, from_ms)).sum()
            } else {
                money.total.sum
            }
        };
        let parts = self.parts(terms);
        let benefit: f64 =
            parts.iter().map(|(money, factor)| factor * of(money)).sum::<f64>() + self.threshold.unwrap_or(0.0);
        let cost = terms.cost.value * of(&self.costs);
        let months = self.by_time(terms, from_ms, |money| money.months.clone());
        let weeks = self.by_time(terms, from_ms, Money::levelled_weeks);
        let (intervals, mut method) = intervals(&weeks, self.threshold.unwrap_or(0.0));
        let n_hidden = parts.iter().map(|(money, _)| money.n_hidden_weeks()).max().unwrap_or_default();
        if n_hidden > 0 && intervals.iter().any(Option::is_some) {
            let _ = write!(method, "; {n_hidden} weeks with too few customers to show at their mean");
        }
        let [of_benefit, of_cost, of_roi] = intervals;
        Returns {
            benefit: (benefit, of_benefit),
            cost: (cost, of_cost),
            roi: (roi(benefit, cost), of_roi),
            months,
            method,
        }
    }

    /// What counts as benefit, with its factor.
    fn parts(&self, terms: &Terms) -> Vec<(&Money, f64)> {
        let revenue = self.revenue.as_ref().map(|money| (money, terms.share.value));
        revenue.into_iter().chain(self.savings.as_ref().map(|money| (money, 1.0))).collect()
    }

    /// Benefit and cost by bucket, of every bucket that has anything; what a part has no rows for is zero there.
    fn by_time(&self, terms: &Terms, from_ms: i64, of: fn(&Money) -> BTreeMap<i64, f64>) -> Vec<Month> {
        let parts: Vec<(BTreeMap<i64, f64>, f64)> =
            self.parts(terms).into_iter().map(|(money, factor)| (of(money), factor)).collect();
        let costs = of(&self.costs);
        let starts: BTreeSet<i64> =
            parts.iter().flat_map(|(sums, _)| sums.keys()).chain(costs.keys()).copied().collect();
        let at = |sums: &BTreeMap<i64, f64>, at: i64| sums.get(&at).copied().unwrap_or(0.0);
        let bucket = |at_ms: i64| {
            let worth = terms.worth(at_ms, from_ms);
            let benefit: f64 = parts.iter().map(|(sums, factor)| factor * at(sums, at_ms)).sum();
            Month { at_ms, benefit: benefit * worth, cost: terms.cost.value * at(&costs, at_ms) * worth }
        };
        starts.into_iter().map(bucket).collect()
    }
}

impl Returns {
    /// Benefit less cost after each month; a hidden month hides what comes after.
    pub(in crate::derive) fn cumulative(&self) -> Vec<(i64, f64)> {
        let mut net = 0.0;
        let step = |month: &Month| {
            net += month.benefit - month.cost;
            (month.at_ms, net)
        };
        self.months.iter().map(step).collect()
    }

    /// The first month with whose end the benefit so far has reached the cost so far, and how many months that took.
    pub(in crate::derive) fn payback(&self) -> Option<(i64, usize)> {
        let reached = self.cumulative().into_iter().enumerate().find(|(_, (_, net))| *net >= 0.0);
        reached.map(|(place, (at_ms, _))| (at_ms, place + 1))
    }
}

/// Benefit less cost, by cost; `NaN` without costs.
pub(in crate::derive) fn roi(benefit: f64, cost: f64) -> f64 {
    if cost > 0.0 { (benefit - cost) / cost } else { f64::NAN }
}

/// Intervals of benefit, cost and return by drawing blocks of weeks again, and what gave them.
fn intervals(weeks: &[Month], extra: f64) -> ([Option<Interval>; 3], String) {
    if weeks.len() < MIN_WEEKS {
        return ([None; 3], format!("no interval: fewer than {MIN_WEEKS} weeks in this time range"));
    }
    if weeks.iter().any(|week| !week.benefit.is_finite() || !week.cost.is_finite()) {
        return ([None; 3], "no interval: too few customers to show".to_owned());
    }
    let net: Vec<f64> = weeks.iter().map(|week| week.benefit - week.cost).collect();
    let block_rows = block_length(&net).max(MIN_BLOCK);
    let sums = |drawn: &[usize]| {
        let rows = drawn.iter().filter_map(|&row| weeks.get(row));
        rows.fold((extra, 0.0), |(benefit, cost), week| (benefit + week.benefit, cost + week.cost))
    };
    let drawn = |statistic: &dyn Fn(&[usize]) -> f64| {
        let config = Config { level: LEVEL, seed: 19, ..Config::default() };
        let found: Option<Bootstrap> = bootstrap(Design::Blocks { n: weeks.len(), block_rows }, config, statistic);
        found.and_then(|found| found.interval)
    };
    let of_benefit = drawn(&|rows| sums(rows).0);
    let of_cost = drawn(&|rows| sums(rows).1);
    let of_roi = drawn(&|rows| {
        let (benefit, cost) = sums(rows);
        roi(benefit, cost)
    });
    let n = weeks.len();
    ([of_benefit, of_cost, of_roi], format!("moving-block bootstrap over {n} weeks, {block_rows} weeks a block"))
}
