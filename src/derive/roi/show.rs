//! The return as figures, lines and tables.

use super::Side;
use super::returns::Returns;
use super::terms::Terms;
use crate::derive::Context;
use crate::derive::business_impact::conversion::{column, number};
use crate::derive::shared::{block, figures, lines};
use crate::frame::Labels;
use crate::query::TimeRange;
use crate::stats::interval::Interval;
use crate::stats::mover;
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, Block, BlockBody, Cell, Figure, Grid, Line, LineRole, Lines, Reading, Summary, Tone};

/// What is said of every number that rests on a changed assumption.
pub(super) const WHAT_IF: &str = "What if: ";

/// What the panel shows.
pub(super) struct Scene<'a> {
    pub(super) unit: Unit,
    pub(super) terms: Terms,
    pub(super) is_what_if: bool,
    pub(super) side: &'a Side,
    pub(super) returns: &'a Returns,
    /// Under the assumptions that nobody changed.
    pub(super) as_booked: &'a Returns,
    pub(super) before: Option<(&'a str, &'a Returns)>,
}

impl Scene<'_> {
    /// A title that says what-if where it is one.
    pub(super) fn titled(&self, title: &str) -> String {
        if !self.is_what_if {
            return title.to_owned();
        }
        let mut letters = title.chars();
        // A word in capitals stays one.
        let is_word = title.chars().nth(1).is_some_and(char::is_lowercase);
        let first: String = letters
            .next()
            .map(|c| if is_word { c.to_lowercase().collect() } else { c.to_string() })
            .unwrap_or_default();
        format!("{WHAT_IF}{first}{}", letters.as_str())
    }

    fn figure(
        &self,
        (metric, title, unit, direction): (&str, &str, &Unit, Direction),
        of: fn(&Returns) -> (f64, Option<Interval>),
    ) -> Figure {
        let (value, interval) = of(self.returns);
        let mut figure = figures::named(metric, &self.titled(title), unit.id(), direction);
        figure.value = Some(value).filter(|v| v.is_finite());
        figure.n = Some(self.side.n).filter(|n| n.is_finite());
        (figure.low, figure.high) = (interval.map(|i| i.low), interval.map(|i| i.high));
        figure.method = Some(self.returns.method.clone());
        if let Some((title, before)) = self.before {
            let (other, of_other) = of(before);
            let change =
                interval.zip(of_other).and_then(|(ours, theirs)| mover::difference((value, ours), (other, theirs)));
            figures::compare(&mut figure, other, change.map(|i| (i.low, i.high)), title);
        } else if self.is_what_if {
            // The same weeks under other assumptions: the change is arithmetic, not chance.
            figures::compare(&mut figure, of(self.as_booked).0, None, "default assumptions");
        }
        figure
    }

    /// The return and its payback; on the panel's own page benefit and cost too.
    pub(super) fn figures(&self, details: bool) -> Vec<Figure> {
        let share = Unit::from("percentunit");
        let mut all = vec![self.figure(("roi", "ROI", &share, Direction::Higher), |r| r.roi), self.payback()];
        if details {
            all.push(self.figure(("benefit", "Benefit", &self.unit, Direction::Higher), |r| r.benefit));
            all.push(self.figure(("cost", "Cost", &self.unit, Direction::Lower), |r| r.cost));
        }
        all
    }

    fn payback(&self) -> Figure {
        let mut figure = figures::named("payback", &self.titled("Months to payback"), "none", Direction::Lower);
        let months = |returns: &Returns| returns.payback().map(|(_, n)| n as f64);
        figure.value = months(self.returns);
        figure.n = Some(self.returns.months.len() as f64);
        figure.method = Some(match figure.value {
            Some(_) => "first month with whose end benefit has caught up with cost; read off one path, so no interval"
                .to_owned(),
            None => "benefit does not catch up with cost in this time range".to_owned(),
        });
        let other = match self.before {
            Some((title, before)) => months(before).map(|n| (n, title)),
            None => months(self.as_booked).filter(|_| self.is_what_if).map(|n| (n, "default assumptions")),
        };
        if let Some((other, title)) = other {
            figures::compare(&mut figure, other, None, title);
        }
        figure
    }

    /// Benefit, cost and what is left of them, added up from the start of the range.
    pub(super) fn cumulative(&self, range: TimeRange) -> Block {
        // A month's point stands at its end.
        let ends: Vec<f64> = {
            let starts = self.returns.months.iter().map(|m| m.at_ms as f64).skip(1);
            starts.chain([range.to_ms as f64]).collect()
        };
        let line = |title: &str, role: LineRole, of: fn(f64, f64) -> f64| {
            let (mut benefit, mut cost) = (0.0, 0.0);
            let mut y = vec![0.0];
            y.extend(self.returns.months.iter().map(|month| {
                benefit += month.benefit;
                cost += month.cost;
                of(benefit, cost)
            }));
            let first = self.returns.months.first().map_or(range.from_ms, |m| m.at_ms.max(range.from_ms)) as f64;
            Line {
                title: title.to_owned(),
                series: Labels::new().with("money", title),
                entity: title.to_owned(),
                role,
                x: std::iter::once(first).chain(ends.iter().copied()).collect(),
                y,
                ..Line::default()
            }
        };
        let body = Lines {
            metric: "cumulative".to_owned(),
            x: lines::time_axis(range),
            y: AxisSpec { unit: self.unit.clone(), ..AxisSpec::default() },
            lines: vec![
                line("net", LineRole::Main, |benefit, cost| benefit - cost),
                line("benefit", LineRole::Main, |benefit, _| benefit),
                line("cost", LineRole::Training, |_, cost| cost),
            ],
            readings: vec![Reading { value: 0.0, title: "paid back".to_owned(), tone: Tone::Neutral }],
            ..Lines::default()
        };
        block("cumulative", &self.titled("Benefit, cost and net, added up by month"), BlockBody::Lines(body))
    }

    /// What benefit and cost are made of.
    pub(super) fn parts(&self) -> Block {
        let books = &self.side.books;
        let mut rows = Vec::new();
        let mut push = |title: &str, booked: f64, counted: f64, n: f64| {
            rows.push(vec![Cell::Text(title.to_owned()), number(booked), number(counted), number(n)]);
        };
        let is_discounted = self.terms.discount.value > 0.0;
        // Discounting goes month by month, so that a part's own worth is told only where there is none.
        let counted = |sum: f64, factor: f64| if is_discounted { f64::NAN } else { sum * factor };
        if let Some(revenue) = &books.revenue {
            push(
                "Revenue brought by models",
                revenue.total.sum,
                counted(revenue.total.sum, self.terms.share.value),
                revenue.total.n,
            );
        }
        if let Some(savings) = &books.savings {
            push("Savings", savings.total.sum, counted(savings.total.sum, 1.0), savings.total.n);
        }
        if let Some(saved) = books.threshold {
            push("What if: errors at the chosen threshold", f64::NAN, saved, f64::NAN);
        }
        let costs = books.costs.total;
        push("Costs", costs.sum, counted(costs.sum, self.terms.cost.value), costs.n);
        push("Benefit less cost", f64::NAN, self.returns.benefit.0 - self.returns.cost.0, f64::NAN);
        let unit = self.unit.id();
        let grid = Grid {
            columns: vec![
                column("Part", None, "none"),
                column("Booked", Some("booked"), unit),
                column("Counted", Some("counted"), unit),
                column("n, customers or bookings", None, "short"),
            ],
            rows,
            ..Grid::default()
        };
        block("parts", &self.titled("What it is made of"), BlockBody::Grid(grid)).in_details()
    }

    /// Every assumption, with what it is by default.
    pub(super) fn assumptions(&self) -> Block {
        let columns = vec![
            column("Assumption", None, "none"),
            column("Now", Some("assumption"), "none"),
            column("Default", None, "none"),
            column("State", None, "none"),
            column("What it means", None, "none"),
        ];
        let grid = Grid { columns, rows: self.terms.rows(), ..Grid::default() };
        block("assumptions", "Assumptions", BlockBody::Grid(grid)).in_details()
    }

    /// The return in one sentence.
    pub(super) fn sentence(&self, context: &Context<'_>) -> Summary {
        let (benefit, cost) = (self.returns.benefit.0, self.returns.cost.0);
        let share = Unit::from("percentunit");
        let said =
            Summary::text(if self.is_what_if { WHAT_IF } else { "" }).then("benefit of ").value(benefit, &self.unit);
        let said = said.then(" on costs of ").value(cost, &self.unit);
        let (roi, interval) = self.returns.roi;
        let said = if roi.is_finite() {
            said.then(", a return of ").value(roi, &share)
        } else {
            said.then(", no return without costs")
        };
        let said = match interval {
            Some(i) => said.then(" (").value(i.low, &share).then(" to ").value(i.high, &share).then(")"),
            None => said,
        };
        let said = match self.returns.payback() {
            Some((at_ms, n)) => {
                let months = if n == 1 { "month" } else { "months" };
                said.then(format!("; paid back after {n} {months}, in the one from ")).time(at_ms as f64)
            }
            None => said.then("; not paid back in this time range"),
        };
        if context.rest().is_some() { said.then(", of what is chosen") } else { said }
    }
}
