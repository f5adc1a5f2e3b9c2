//! The counts of people that one view shows together: each table is guarded with those before it in mind.
//!
//! A total of one answer is a cell of another, a window or filter may lie within another, and who converted is some of who was exposed:
//! what two shown numbers differ by is a count of people too. Views that stand apart are not known here.

use super::beside::Beside;
use super::cells::{Hidden, Place, suppressed_beside};
use super::guard::{Grid, blanked, cell, is_small};
use super::shown::Shown;
use crate::frame::{Column, Frame, Table};
use crate::query::{Fold, GroupKey, GroupMeasure, GroupsQuery, SourceId, TimeRange};

/// What a view has shown.
#[derive(Clone, Debug, Default)]
pub struct Release {
    tables: Vec<Shown>,
}

impl Release {
    /// The answer to a question for groups of people with small counts hidden, and with what would reveal them here or beside what was
    /// shown before. The second value says how many groups lost a number.
    ///
    /// Measures that count people, as a sum of ones and zeros does, are guarded like the people themselves: also who is left over.
    pub fn guard(&mut self, query: &GroupsQuery, frame: &Frame, k: u32) -> (Frame, usize) {
        let Some(table) = frame.table() else { return (frame.clone(), 0) };
        let keys: Vec<&str> = query.keys.iter().map(|key| key.name.as_str()).collect();
        let Some(grid) = Grid::of(table, &keys) else {
            // Too large to search.
            let is_small = table.numbers("units").is_some_and(|counts| counts.iter().any(|n| is_small(*n, k)));
            return if is_small { (blanked(frame, &keys, |_, _| true), table.n_rows()) } else { (frame.clone(), 0) };
        };
        let units = grid.column(table, "units");
        let mut people = self.show(Shown::new(query, &grid, None, grid.counts(&units)), Beside::default(), k);
        let at = self.tables.len().saturating_sub(1);
        let mut gone: Vec<(&str, Vec<bool>)> = Vec::new();
        for measure in &query.measures {
            if let Fold::Moments(column) = &measure.fold
                && let Some(ones) = ones(table, &measure.name, &units)
            {
                let parted = self.parted(query, &grid, (column, &units, &ones), &people, k);
                if people.counts.places().iter().all(|place| parted.has(&with(place, None))) {
                    // Nothing of it can be shown beside what is: then neither can how many they are.
                    people.hidden.0.extend(people.counts.places());
                }
                let one = |row: &Vec<usize>| [0, 1].into_iter().any(|has| parted.has(&with(&cell(row), Some(has))));
                gone.push((measure.name.as_str(), grid.rows.iter().map(one).collect()));
            }
        }
        let is_gone: Vec<bool> = grid.rows.iter().map(|row| people.hidden.has(&cell(row))).collect();
        for (_, of) in &mut gone {
            of.iter_mut().zip(&is_gone).for_each(|(one, all)| *one |= all);
        }
        if let Some(shown) = self.tables.get_mut(at) {
            *shown = people;
        }
        let is_hidden = |column: &str, row: usize| {
            let base = column.strip_suffix(".squares").unwrap_or(column);
            let of = gone.iter().find(|(name, _)| *name == column || *name == base).map_or(&is_gone, |(_, of)| of);
            of.get(row).copied().unwrap_or(true)
        };
        let n_hidden = (0..grid.rows.len())
            .filter(|row| {
                std::iter::once(&is_gone).chain(gone.iter().map(|(_, of)| of)).any(|of| of.get(*row) == Some(&true))
            })
            .count();
        if n_hidden == 0 {
            return (frame.clone(), 0);
        }
        (blanked(frame, &keys, is_hidden), n_hidden)
    }

    /// As [`Release::guard`] for counts that were made here and not asked for: `keys` name a group, `units` are its people, `ones` those
    /// of them who have something, one column a thing.
    pub fn guard_counts(&mut self, keys: &[&str], ones: &[&str], frame: &Frame, k: u32) -> (Frame, usize) {
        let name = |name: &&str| (*name).to_owned();
        let query = GroupsQuery {
            source: SourceId(String::new()),
            table: String::new(),
            time: None,
            may_lack_time: false,
            range: TimeRange::new(0, 0),
            unit: None,
            keys: keys.iter().map(|key| GroupKey { name: name(key), column: name(key), bucket: None }).collect(),
            measures: ones.iter().map(|of| GroupMeasure { name: name(of), fold: Fold::Moments(name(of)) }).collect(),
            matchers: Vec::new(),
            limit: u32::MAX,
        };
        // Ones are their own squares.
        let squares = |of: &&str| {
            let column = frame.table()?.column(of)?;
            Some(Column { name: format!("{of}.squares"), ..column.clone() })
        };
        let columns = frame.table().into_iter().flat_map(Table::columns).cloned();
        let Some(table) = Table::new(columns.chain(ones.iter().filter_map(squares)).collect()) else {
            return (frame.clone(), 0);
        };
        self.guard(&query, &Frame::from_table(table), k)
    }

    /// Hides what must be of those who have a one and of those who have none.
    fn parted(
        &mut self,
        query: &GroupsQuery,
        grid: &Grid,
        (column, units, ones): (&str, &[u64], &[Ones]),
        people: &Shown,
        k: u32,
    ) -> Hidden {
        let has = |answer: &str| Some(answer.to_owned());
        let mut parted = Grid { names: grid.names.clone(), rows: Vec::new() };
        parted.names.push(vec![has("no"), has("yes")]);
        let mut counts = Vec::new();
        // Their sum is shown wherever all the people are; that of the groups only where another answer shows it.
        let mut beside = Beside { hides_totals: true, ..Beside::default() };
        for ((row, n), ones) in grid.rows.iter().zip(units).zip(ones) {
            for (has, count) in [(0, n.saturating_sub(ones.sum)), (1, ones.sum)] {
                parted.rows.push([row.clone(), vec![has]].concat());
                counts.push(count);
            }
            if ones.fewest < f64::from(k) && ones.sum > 0 {
                beside.forced.insert(with(&cell(row), Some(1)));
            }
        }
        for place in people.counts.places() {
            let all = with(&place, None);
            if people.hidden.has(&place) {
                beside.forced.insert(all);
            } else if place.iter().all(Option::is_some) || people.counts.at(&place) > 0 {
                beside.fixed.insert(all);
            }
        }
        self.show(Shown::new(query, &parted, Some(column), parted.counts(&counts)), beside, k).hidden
    }

    fn show(&mut self, mut table: Shown, mut beside: Beside, k: u32) -> Shown {
        for before in &self.tables {
            table.learn(before, &mut beside, k);
        }
        table.hidden = suppressed_beside(&table.counts, u64::from(k), &beside);
        self.tables.push(table.clone());
        table
    }
}

/// A place with one more dimension.
fn with(place: &[Option<usize>], last: Option<usize>) -> Place {
    place.iter().copied().chain([last]).collect()
}

/// How many people of a group have a one.
struct Ones {
    sum: u64,
    /// At least so many people, where some may have more than a one: the square of the sum by the sum of squares.
    fewest: f64,
}

/// How many people of each row have a one; `None` where the measure does not count people: it is no sum of ones and zeros.
fn ones(table: &Table, name: &str, units: &[u64]) -> Option<Vec<Ones>> {
    let (sums, squares) = (table.numbers(name)?, table.numbers(&format!("{name}.squares"))?);
    let one = |((sum, squares), n): ((&f64, &f64), &u64)| {
        if sum.is_nan() {
            return Some(Ones { sum: 0, fewest: 0.0 });
        }
        let is_count = *sum >= 0.0 && sum.fract() == 0.0 && *sum <= *n as f64 && squares.fract() == 0.0;
        is_count.then(|| Ones { sum: *sum as u64, fewest: if *squares > 0.0 { sum * sum / squares } else { 0.0 } })
    };
    sums.iter().zip(&squares).zip(units).map(one).collect()
}
