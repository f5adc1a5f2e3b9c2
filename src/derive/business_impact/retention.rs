//! Retention by cohort: of the users who signed up in a month, the share that was active so many months later.
//!
//! A cohort is those who were active in the month in which they signed up. Months are of the calendar in UTC; the running one is left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::conversion::{column, measured, number, part, titled};
use super::split::{self, NOT_CAUSAL, Who};
use crate::calendar::Local;
use crate::derive::shared::{LEVEL, block, figures};
use crate::derive::{Ask, By, Context, Stop};
use crate::frame::{Frame, Labels};
use crate::privacy::few_apart;
use crate::query::{Bucket, TimeRange};
use crate::spec::MetricSpec;
use crate::stats::interval::{Proportion, newcombe, wilson};
use crate::units::{Direction, Unit};
use crate::view::{Block, BlockBody, Cell, Figure, Grid, Matrix};

const DAY_MS: i64 = 86_400_000;
/// Cohorts need time: shorter ranges look back over so many days.
const LOOK_BACK_DAYS: i64 = 365;
const MIN_DAYS: i64 = 180;
/// Cohorts and ages on the dashboard.
const MAX_SHOWN: usize = 12;
/// The age that the figure speaks of, and the one where nobody is as old yet.
const AGES: [usize; 2] = [3, 1];
/// Ages of the comparison of with and without.
const TABLE_AGES: [usize; 6] = [1, 2, 3, 6, 12, 18];

/// Users of one kind by cohort and age.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cohorts {
    /// Start of each whole month of the range, in order.
    months: Vec<i64>,
    /// Active users by place of the cohort's month and place of the month; absent is zero, `NaN` is hidden.
    active: BTreeMap<(usize, usize), f64>,
}

impl Cohorts {
    /// The groups of one kind of user; `months` are the starts of the whole months.
    fn of(frame: &Frame, who: Who, months: &[i64]) -> Self {
        let place = |at: f64| months.iter().position(|&start| at.is_finite() && start == at as i64);
        let mut active = BTreeMap::new();
        let Some(table) = frame.table() else { return Self::default() };
        for row in (0..table.n_rows()).filter(|&row| Who::at(table, row) == Some(who)) {
            let cohort = place(table.number("signed_up", row));
            let month = place(table.number("time", row));
            if let (Some(cohort), Some(month)) = (cohort, month)
                && month >= cohort
            {
                *active.entry((cohort, month)).or_default() += table.number("units", row);
            }
        }
        Self { months: months.to_vec(), active }
    }

    /// Users of a cohort: those active in its first month. `NaN` where hidden.
    fn size(&self, cohort: usize) -> f64 {
        self.active.get(&(cohort, cohort)).copied().unwrap_or(0.0)
    }

    /// How many of a cohort were active so many months later; `None` where that month is not over.
    fn active(&self, cohort: usize, age: usize) -> Option<f64> {
        (cohort + age < self.months.len()).then(|| self.active.get(&(cohort, cohort + age)).copied().unwrap_or(0.0))
    }

    /// Cohorts that anybody belongs to, oldest first.
    fn present(&self) -> Vec<usize> {
        (0..self.months.len()).filter(|&cohort| self.size(cohort) > 0.0 || self.size(cohort).is_nan()).collect()
    }

    /// Over every cohort that is as old: how many were active at that age, of how many. Hidden cells are left out with their cohort.
    fn pooled(&self, age: usize) -> Option<Proportion> {
        let of = |cohort: usize| Some((self.active(cohort, age)?, self.size(cohort)));
        let known = (0..self.months.len()).filter_map(of).filter(|(active, size)| active.is_finite() && *size > 0.0);
        let (active, size) = known.fold((0.0, 0.0), |sums, (active, size)| (sums.0 + active, sums.1 + size));
        Proportion::new(active.round() as u64, size.round() as u64)
    }

    fn share(&self, cohort: usize, age: usize) -> f64 {
        let size = self.size(cohort);
        let share = self.active(cohort, age).map_or(f64::NAN, |active| active / size);
        if size > 0.0 { share } else { f64::NAN }
    }
}

/// The cohorts of everybody, and of those with and without the model.
pub(super) struct Retention {
    part: String,
    all: Cohorts,
    with: Cohorts,
    without: Cohorts,
}

impl Retention {
    /// Asks for the cohorts of what is looked at.
    ///
    /// # Errors
    /// As [`Ask::groups`]; [`Stop::Empty`] without a whole month of sign-ups.
    pub(super) fn ask(context: &Context<'_>, ask: &mut Ask<'_>, metric: &MetricSpec) -> Result<Self, Stop> {
        split::check_unit(metric)?;
        let range = looked_back(context.range);
        let by = [By::TimePart("signed_up", Bucket::Month), By::Time(Bucket::Month)];
        let all = ask.groups(context, metric, range, &by, &[]);
        let split: Result<Arc<Frame>, Stop> = split::groups(context, ask, metric, range, &by, &[]);
        let (all, split) = (all?, split?);
        let months = whole_months(range);
        let found = Self {
            part: part(context).to_owned(),
            all: Cohorts::of(&all, Who::All, &months),
            with: Cohorts::of(&split, Who::With, &months),
            without: Cohorts::of(&split, Who::Without, &months),
        };
        let mut found = found;
        if let Some(k) = context.workspace.privacy.small_cells.smallest() {
            found.hide_few_lost(ask, k);
        }
        if found.all.present().is_empty() {
            return Err(Stop::empty("no month of this time range is over in which anybody signed up"));
        }
        if range.from_ms < context.range.from_ms {
            ask.remark("retention looks back to whole months before the time range");
        }
        Ok(found)
    }

    /// Hides how many of a cohort were active where few were not: these are people too. What everybody's number would give away of
    /// those with and without goes with it.
    fn hide_few_lost(&mut self, ask: &mut Ask<'_>, k: u32) {
        let few = |cohorts: &Cohorts| -> Vec<(usize, usize)> {
            let is_few = |(cohort, _): &(usize, usize), n: f64| few_apart(cohorts.size(*cohort), n, k);
            cohorts.active.iter().filter(|(at, n)| is_few(at, **n)).map(|(at, _)| *at).collect()
        };
        let (of_all, of_with, of_without) = (few(&self.all), few(&self.with), few(&self.without));
        if of_all.is_empty() && of_with.is_empty() && of_without.is_empty() {
            return;
        }
        let hide = |cohorts: &mut Cohorts, at: &(usize, usize)| {
            if let Some(n) = cohorts.active.get_mut(at) {
                *n = f64::NAN;
            }
        };
        for at in &of_all {
            hide(&mut self.all, at);
        }
        for at in of_all.iter().chain(&of_with).chain(&of_without) {
            hide(&mut self.with, at);
            hide(&mut self.without, at);
        }
        ask.remark(format!("cohorts of which fewer than {k} users were not active are hidden for that month"));
    }

    /// The age that there is a cohort for.
    fn age(&self) -> Option<usize> {
        AGES.into_iter().find(|&age| self.all.pooled(age).is_some())
    }

    /// How many of those with the model stayed, against those without.
    pub(super) fn figure(&self) -> Option<Figure> {
        let age = self.age()?;
        let months = if age == 1 { "1 month".to_owned() } else { format!("{age} months") };
        let (who, rate) = match self.with.pooled(age) {
            Some(rate) => (Who::With, rate),
            None => (Who::All, self.all.pooled(age)?),
        };
        let title = titled(&format!("Active {months} after sign-up, {}", who.word()), &self.part);
        let mut figure = figures::named("retention", &title, "percentunit", Direction::Higher);
        figure.series = Labels::new().with("months", age.to_string());
        if let Some(label) = who.label() {
            figure.series.set("assisted", label);
        }
        figures::fill_rate(&mut figure, rate);
        figure.method = Some("Wilson interval over the users of every cohort that is as old".to_owned());
        if let Some(without) = self.without.pooled(age).filter(|_| who == Who::With) {
            figures::compare_rates(&mut figure, rate, without, "without, not causal");
            figure.method = Some(format!(
                "Wilson interval over the users of every cohort that is as old, Newcombe's of the difference; {NOT_CAUSAL}"
            ));
        }
        Some(figure)
    }

    /// The cohorts as a heatmap: all of them and each kind on the panel's own page.
    pub(super) fn blocks(&self, details: bool) -> Vec<Block> {
        let title = "Active users by month of sign-up and months since";
        let mut blocks = vec![block("retention", title, BlockBody::Matrix(matrix(&self.all, "retention", details)))];
        if !details || self.with.present().is_empty() || self.without.present().is_empty() {
            return blocks;
        }
        let with = matrix(&self.with, "retention-with", true);
        blocks.push(block("retention-with", "The same, with the model", BlockBody::Matrix(with)).in_details());
        let of = difference(&self.with, &self.without);
        let title = "With less without the model: a difference, not causal";
        blocks.push(block("retention-difference", title, BlockBody::Matrix(of)).in_details());
        blocks.push(self.table());
        blocks
    }

    fn table(&self) -> Block {
        let rate = |p: Option<Proportion>| measured(p.and_then(|p| wilson(p, LEVEL).map(|i| (p.rate(), i))));
        let n = |p: Option<Proportion>| number(p.map_or(f64::NAN, |p| p.n() as f64));
        let row = |age: &usize| {
            let (with, without) = (self.with.pooled(*age), self.without.pooled(*age));
            let both = with.zip(without);
            let of = both.and_then(|(a, b)| newcombe(a, b, LEVEL).map(|i| (a.rate() - b.rate(), i)));
            both.map(|_| {
                let title = Cell::Text(format!("{age}"));
                vec![title, n(with), rate(with), n(without), rate(without), measured(of)]
            })
        };
        let grid = Grid {
            columns: vec![
                column("Months since sign-up", None, "none"),
                column("n, with", Some("retention"), "short"),
                column("Active, with", Some("retention"), "percentunit"),
                column("n, without", Some("retention"), "short"),
                column("Active, without", Some("retention"), "percentunit"),
                column("Difference, not causal", Some("retention-difference"), "percentunit"),
            ],
            rows: TABLE_AGES.iter().filter_map(row).collect(),
            ..Grid::default()
        };
        let title = "Retention with and without the model, every cohort that is as old: Wilson and Newcombe intervals";
        block("retention-ages", title, BlockBody::Grid(grid)).in_details()
    }
}

fn shown(cohorts: &[usize], details: bool) -> &[usize] {
    let skipped = if details { 0 } else { cohorts.len().saturating_sub(MAX_SHOWN) };
    cohorts.get(skipped..).unwrap_or_default()
}

fn matrix(cohorts: &Cohorts, metric: &str, details: bool) -> Matrix {
    let present = cohorts.present();
    let rows = shown(&present, details);
    let oldest = rows.first().map_or(0, |&cohort| cohorts.months.len() - 1 - cohort);
    let n_ages = if details { oldest } else { oldest.min(MAX_SHOWN) };
    let cells = || rows.iter().flat_map(move |&cohort| (1..=n_ages).map(move |age| (cohort, age)));
    let name = |&cohort: &usize| {
        let size = cohorts.size(cohort);
        let month = month_name(cohorts.months.get(cohort).copied().unwrap_or(0));
        if size.is_finite() { format!("{month}, n {size}") } else { format!("{month}, not shown") }
    };
    Matrix {
        metric: metric.to_owned(),
        row_title: "Signed up".to_owned(),
        column_title: "Months since".to_owned(),
        rows: rows.iter().map(name).collect(),
        columns: (1..=n_ages).map(|age| age.to_string()).collect(),
        values: cells().map(|(cohort, age)| cohorts.share(cohort, age)).collect(),
        counts: cells().map(|(cohort, age)| cohorts.active(cohort, age).unwrap_or(f64::NAN)).collect(),
        unit: Unit::from("percentunit"),
        labelled: details,
        ..Matrix::default()
    }
}

/// Shares with less shares without, cell by cell; the counts are the users of both cohorts.
fn difference(with: &Cohorts, without: &Cohorts) -> Matrix {
    let rows: Vec<usize> = with.present().into_iter().filter(|cohort| without.present().contains(cohort)).collect();
    let n_ages = rows.first().map_or(0, |&cohort| with.months.len() - 1 - cohort);
    let cells = || rows.iter().flat_map(move |&cohort| (1..=n_ages).map(move |age| (cohort, age)));
    let users = |cohort: usize| with.size(cohort) + without.size(cohort);
    let name = |&cohort: &usize| {
        let month = month_name(with.months.get(cohort).copied().unwrap_or(0));
        if users(cohort).is_finite() { format!("{month}, n {}", users(cohort)) } else { format!("{month}, not shown") }
    };
    Matrix {
        metric: "retention-difference".to_owned(),
        row_title: "Signed up".to_owned(),
        column_title: "Months since".to_owned(),
        rows: rows.iter().map(name).collect(),
        columns: (1..=n_ages).map(|age| age.to_string()).collect(),
        values: cells().map(|(cohort, age)| with.share(cohort, age) - without.share(cohort, age)).collect(),
        counts: cells().map(|(cohort, age)| with.active(cohort, age).map_or(f64::NAN, |_| users(cohort))).collect(),
        unit: Unit::from("percentunit"),
        diverging: true,
        labelled: true,
        ..Matrix::default()
    }
}

/// The range from the start of its first month on; at least a year where it is short.
fn looked_back(range: TimeRange) -> TimeRange {
    let is_short = range.width_ms() < MIN_DAYS * DAY_MS;
    let from_ms = if is_short { range.to_ms - LOOK_BACK_DAYS * DAY_MS } else { range.from_ms };
    TimeRange::new(Bucket::Month.start_ms(from_ms), range.to_ms)
}

/// Starts of the months that lie wholly within a range that begins with a month.
fn whole_months(range: TimeRange) -> Vec<i64> {
    let next = |start: &i64| Some(Bucket::Month.start_ms(start + 32 * DAY_MS));
    let starts = std::iter::successors(Some(range.from_ms), next);
    let ends = |start: &i64| next(start).is_some_and(|end| end <= range.to_ms);
    starts.take_while(ends).collect()
}

/// Year and month, as in 2026-03.
fn month_name(at_ms: i64) -> String {
    let Some(at) = Local::in_utc(at_ms) else { return String::new() };
    format!("{:04}-{:02}", at.date().year(), at.date().month())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_whole_and_named() {
        // From 14 November 2023 to 2 March 2024.
        let range = TimeRange::new(1_699_920_000_000, 1_709_337_600_000);
        let months = whole_months(TimeRange::new(Bucket::Month.start_ms(range.from_ms), range.to_ms));
        let names: Vec<String> = months.into_iter().map(month_name).collect();
        assert_eq!(names, ["2023-11", "2023-12", "2024-01", "2024-02"]);
    }

    #[test]
    fn a_short_range_looks_back_a_year() {
        let range = TimeRange::new(1_708_732_800_000, 1_709_337_600_000);
        assert_eq!(month_name(looked_back(range).from_ms), "2023-03");
        assert_eq!(looked_back(range).to_ms, range.to_ms);
    }
}
