//! Goals as a table, and each one's course as a chart.

use super::goal::{Course, Goal, Standing};
use crate::derive::business_impact::conversion::{column, number};
use crate::derive::shared::{block, lines};
use crate::frame::Labels;
use crate::query::TimeRange;
use crate::spec::MetricSpec;
use crate::units::Unit;
use crate::view::{AxisSpec, Block, BlockBody, Cell, Grid, Line, LineRole, Lines, Reading, Tone};

/// A goal with all that is known of it.
pub(super) struct Known<'a> {
    pub(super) goal: Goal,
    pub(super) metric: Option<&'a MetricSpec>,
    pub(super) course: Option<Course>,
    pub(super) standing: Standing,
}

impl Known<'_> {
    /// Now and at the due date, as shares of the way from the baseline to the target.
    fn on_the_way(&self) -> (f64, Cell) {
        let Some(course) = &self.course else { return (f64::NAN, Cell::Missing) };
        let now = course.now().map_or(f64::NAN, |value| self.goal.progress(value));
        let due = course.at_due().map_or(Cell::Missing, |(value, interval)| {
            let (a, b) = (self.goal.progress(interval.low), self.goal.progress(interval.high));
            let value = self.goal.progress(value);
            if value.is_finite() { Cell::Interval(value, a.min(b), a.max(b)) } else { Cell::Missing }
        });
        (now, due)
    }

    fn why(&self) -> &'static str {
        match (&self.metric, &self.course) {
            (None, _) => "its metric is not in the workspace",
            (_, None) => "its metric has no data",
            (_, Some(course)) => course.why,
        }
    }

    fn metric_title(&self) -> Cell {
        match self.metric {
            Some(metric) => Cell::Text(metric.title().to_owned()),
            None => self.goal.metric.clone().map_or(Cell::Missing, Cell::Text),
        }
    }

    /// The metric by month with its forecast and the target.
    pub(super) fn chart(&self) -> Option<Block> {
        let course = self.course.as_ref()?;
        let metric = self.metric?;
        let unit = self.goal.unit(Some(&metric.unit));
        let series = Labels::new().with("goal", self.goal.id.as_str());
        let x: Vec<f64> = course.at.iter().map(|at| *at as f64).collect();
        let (first, mut end) = (*x.first()?, *x.last()?);
        let seen = Line {
            title: metric.title().to_owned(),
            series: series.clone(),
            entity: self.goal.id.clone(),
            x,
            y: course.values.clone(),
            ..Line::default()
        };
        let mut all = vec![seen];
        if let (Some(ahead), Some(last)) = (&course.ahead, course.now()) {
            let mut foreseen = Line {
                title: "forecast".to_owned(),
                series: series.with("part", "forecast"),
                entity: self.goal.id.clone(),
                role: LineRole::Training,
                x: vec![end],
                y: vec![last],
                low: vec![last],
                high: vec![last],
                ..Line::default()
            };
            let mut month = end as i64;
            for step in &ahead.steps {
                month = crate::query::Bucket::Month.start_ms(month + 32 * 86_400_000);
                foreseen.x.push(month as f64);
                foreseen.y.push(step.value);
                foreseen.low.push(step.interval.low);
                foreseen.high.push(step.interval.high);
            }
            end = month as f64;
            all.push(foreseen);
        }
        let reading =
            |value: f64, title: &str, tone| value.is_finite().then(|| Reading { value, title: title.to_owned(), tone });
        let readings =
            [reading(self.goal.target, "target", Tone::Good), reading(self.goal.baseline, "baseline", Tone::Neutral)];
        let body = Lines {
            metric: metric.id.clone(),
            x: lines::time_axis(TimeRange::new(first as i64, end as i64)),
            y: AxisSpec { unit, ..AxisSpec::default() },
            lines: all,
            readings: readings.into_iter().flatten().collect(),
            ..Lines::default()
        };
        let how = course.measured.words();
        let title = format!("{}: {} {how}, {}", self.goal.title, metric.title(), self.why());
        Some(block(&format!("goal-{}", self.goal.id), &title, BlockBody::Lines(body)))
    }
}

/// One row a goal; its numbers are shares of the way, so that goals of different units stand in one table.
pub(super) fn table(all: &[Known<'_>]) -> Block {
    let row = |known: &Known<'_>| {
        let (now, due) = known.on_the_way();
        let progress = if now.is_finite() { Cell::Share(now.clamp(0.0, 1.0), now) } else { Cell::Missing };
        let when = if known.goal.due_ms.is_finite() { Cell::Time(known.goal.due_ms) } else { Cell::Missing };
        vec![
            Cell::Text(known.goal.title.clone()),
            Cell::Status(known.standing.tone(), known.standing.word().to_owned()),
            progress,
            due,
            when,
            known.goal.owner.clone().map_or(Cell::Missing, Cell::Text),
            known.metric_title(),
        ]
    };
    let grid = Grid {
        columns: vec![
            column("Goal", None, "none"),
            column("Status", Some("status"), "none"),
            column("Progress", Some("progress"), "percentunit"),
            column("Forecast when due", Some("forecast"), "percentunit"),
            column("Due", None, "none"),
            column("Owner", None, "none"),
            column("Metric", None, "none"),
        ],
        rows: all.iter().map(row).collect(),
        row_keys: all.iter().map(|known| known.goal.id.clone()).collect(),
        row_target: Some("goal".to_owned()),
        ..Grid::default()
    };
    block("goals", "Goals: way from baseline to target", BlockBody::Grid(grid))
}

/// The numbers behind the shares, a table for each unit.
pub(super) fn numbers(all: &[Known<'_>]) -> Vec<Block> {
    let unit_of = |known: &Known<'_>| known.goal.unit(known.metric.map(|metric| &metric.unit));
    let mut units: Vec<Unit> = Vec::new();
    for known in all {
        let unit = unit_of(known);
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    let of_unit = |(place, unit): (usize, Unit)| {
        let row = |known: &Known<'_>| {
            let course = known.course.as_ref();
            let due = course.and_then(Course::at_due);
            vec![
                Cell::Text(known.goal.title.clone()),
                number(known.goal.baseline),
                number(course.and_then(Course::now).unwrap_or(f64::NAN)),
                number(known.goal.target),
                due.map_or(Cell::Missing, |(value, i)| Cell::Interval(value, i.low, i.high)),
                Cell::Number(course.map_or(0.0, |c| c.values.iter().filter(|v| v.is_finite()).count() as f64)),
                Cell::Text(known.why().to_owned()),
            ]
        };
        let id = unit.id();
        let grid = Grid {
            columns: vec![
                column("Goal", None, "none"),
                column("Baseline", None, id),
                column("Last whole month", Some("now"), id),
                column("Target", Some("target"), id),
                column("Forecast when due", Some("forecast"), id),
                column("n, months", None, "short"),
                column("Method", None, "none"),
            ],
            rows: all.iter().filter(|known| unit_of(known) == unit).map(row).collect(),
            ..Grid::default()
        };
        let title = if place == 0 { "Numbers behind the goals, by unit" } else { "" };
        block(&format!("numbers-{}", place + 1), title, BlockBody::Grid(grid)).in_details()
    };
    units.into_iter().enumerate().map(of_unit).collect()
}
