//! Records as tables: the models, what is overdue, the frameworks, every control.

use super::link::Link;
use super::records::{Control, Record, State, due_order};
use crate::derive::portfolio::table::column;
use crate::order::Order;
use crate::view::{Cell, Grid, Tone};

/// All that the tables show.
pub(super) struct Scene<'a> {
    pub(super) metric: &'a str,
    pub(super) records: &'a [Record],
    pub(super) now_ms: i64,
}

impl Scene<'_> {
    /// One row a model, what is overdue first.
    pub(super) fn models(&self) -> Grid {
        let row = |record: &Record| {
            let count = |state: State| Cell::Number(record.n_of(&state) as f64);
            let n_other = record.controls.iter().filter(|c| matches!(c.state, State::Other(_))).count();
            let owner = match &record.owner {
                Some(owner) => Cell::Text(owner.clone()),
                None => Cell::Status(Tone::Warning, "nobody".to_owned()),
            };
            let cells = vec![
                Cell::Text(record.title.clone()),
                status(record.status.as_deref()),
                rating(record.rating.as_deref()),
                owner,
                self.review(record),
                time(record.next_review_ms),
                count(State::Overdue),
                count(State::Open),
                count(State::Partly),
                count(State::Met),
            ];
            (cells, n_other)
        };
        let (mut rows, others): (Vec<Vec<Cell>>, Vec<usize>) = self.records.iter().map(row).unzip();
        let mut columns = vec![
            column("Model", None, "none"),
            column("Status", None, "none"),
            column("Risk rating", None, "none"),
            column("Owner", None, "none"),
            column("Review", None, "none"),
            column("Next review", None, "none"),
            column("Overdue", Some(self.metric), "short"),
            column("Open", Some(self.metric), "short"),
            column("Partly met", Some(self.metric), "short"),
            column("Met", Some(self.metric), "short"),
        ];
        if others.iter().any(|n| *n > 0) {
            columns.push(column("Other", Some(self.metric), "short"));
            rows.iter_mut().zip(others).for_each(|(row, n)| row.push(Cell::Number(n as f64)));
        }
        Grid { columns, rows, ..Self::of_models(self.records.iter().map(|record| record.model.clone())) }
    }

    /// Overdue controls and reviews, the oldest first; `None` where there are none.
    pub(super) fn overdue(&self) -> Option<Grid> {
        let controls = self.records.iter().flat_map(|record| {
            let late = record.controls.iter().filter(|control| control.state == State::Overdue);
            late.map(move |control| (record, control.name.clone(), control.due_ms))
        });
        let reviews = self.records.iter().filter(|record| record.is_review_overdue(self.now_ms));
        let reviews = reviews.map(|record| (record, "Review of the model".to_owned(), record.next_review_ms));
        let mut late: Vec<_> = controls.chain(reviews).collect();
        late.order_by(|a, b| due_order(a.2, b.2));
        let row = |(record, what, due_ms): &(&Record, String, f64)| {
            vec![
                Cell::Text(what.clone()),
                Cell::Text(record.title.clone()),
                time(*due_ms),
                record.owner.clone().map_or(Cell::Missing, Cell::Text),
            ]
        };
        let titles = ["What", "Model", "Due", "Owner"];
        (!late.is_empty()).then(|| Grid {
            columns: titles.map(|title| column(title, None, "none")).to_vec(),
            rows: late.iter().map(row).collect(),
            ..Self::of_models(late.iter().map(|(record, ..)| record.model.clone()))
        })
    }

    /// How many controls of each framework stand where.
    pub(super) fn frameworks(&self) -> Grid {
        let controls = || self.records.iter().flat_map(|record| &record.controls);
        let mut names: Vec<&str> = controls().map(|control| control.framework.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let row = |name: &&str| {
            let of = |wanted: fn(&State) -> bool| {
                let hits = controls().filter(|control| control.framework == *name && wanted(&control.state));
                Cell::Number(hits.count() as f64)
            };
            vec![
                if name.is_empty() { Cell::Missing } else { Cell::Text((*name).to_owned()) },
                of(|_| true),
                of(|state| *state == State::Overdue),
                of(|state| *state == State::Open),
                of(|state| *state == State::Partly),
                of(|state| *state == State::Met),
            ]
        };
        let counted = ["Controls", "Overdue", "Open", "Partly met", "Met"];
        let first = std::iter::once(column("Framework", None, "none"));
        Grid {
            columns: first.chain(counted.map(|title| column(title, Some(self.metric), "short"))).collect(),
            rows: names.iter().map(row).collect(),
            ..Grid::default()
        }
    }

    /// Every control, what is overdue first.
    pub(super) fn controls(&self) -> Grid {
        let mut all: Vec<(&Record, &Control)> =
            self.records.iter().flat_map(|record| record.controls.iter().map(move |c| (record, c))).collect();
        all.order_by(|(_, a), (_, b)| a.state.cmp(&b.state).then(due_order(a.due_ms, b.due_ms)));
        let row = |(record, control): &(&Record, &Control)| {
            let (tone, word) = control.state.word();
            vec![
                Cell::Text(control.name.clone()),
                Cell::Text(record.title.clone()),
                if control.framework.is_empty() { Cell::Missing } else { Cell::Text(control.framework.clone()) },
                Cell::Status(tone, word),
                time(control.due_ms),
                match &control.evidence {
                    Link::Shown(address) => Cell::Text(address.clone()),
                    Link::Refused => Cell::Status(Tone::Warning, "address not shown".to_owned()),
                    Link::None if control.state == State::Met => {
                        Cell::Status(Tone::Warning, "met without evidence".to_owned())
                    }
                    Link::None => Cell::Missing,
                },
            ]
        };
        let titles = ["Control", "Model", "Framework", "State", "Due", "Evidence"];
        Grid {
            columns: titles.map(|title| column(title, None, "none")).to_vec(),
            rows: all.iter().map(row).collect(),
            ..Self::of_models(all.iter().map(|(record, _)| record.model.clone()))
        }
    }

    fn of_models(keys: impl Iterator<Item = String>) -> Grid {
        Grid { row_keys: keys.collect(), row_target: Some("model".to_owned()), ..Grid::default() }
    }

    fn review(&self, record: &Record) -> Cell {
        let (tone, word) = match () {
            () if !record.is_in_force() => (Tone::Neutral, "not needed"),
            () if record.is_review_overdue(self.now_ms) => (Tone::Bad, "overdue"),
            () if record.next_review_ms.is_nan() => (Tone::Warning, "not planned"),
            () if record.last_review_ms.is_nan() => (Tone::Neutral, "first to come"),
            () => (Tone::Good, "planned"),
        };
        Cell::Status(tone, word.to_owned())
    }
}

fn time(at_ms: f64) -> Cell {
    if at_ms.is_finite() { Cell::Time(at_ms) } else { Cell::Missing }
}

fn status(status: Option<&str>) -> Cell {
    let Some(word) = status else { return Cell::Status(Tone::Unknown, "not recorded".to_owned()) };
    let tone = match word.to_lowercase().as_str() {
        "approved" => Tone::Good,
        "review" => Tone::Warning,
        "draft" | "archived" => Tone::Neutral,
        _ => Tone::Unknown,
    };
    Cell::Status(tone, word.to_owned())
}

fn rating(rating: Option<&str>) -> Cell {
    let Some(word) = rating else { return Cell::Status(Tone::Unknown, "not rated".to_owned()) };
    let tone = match word.to_lowercase().as_str() {
        "low" => Tone::Good,
        "medium" => Tone::Neutral,
        "high" => Tone::Warning,
        _ => Tone::Unknown,
    };
    Cell::Status(tone, word.to_owned())
}
