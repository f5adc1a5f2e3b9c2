//! Grouping rows here, for sources that cannot group by themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::{Condition, Warnings};
use crate::calendar::Date;
use crate::frame::{Column, Frame, Table, Values};
use crate::query::{Bucket, Fold, GroupKey, GroupsQuery};
use crate::stats::finite::is_present;

/// Groups the rows of `table` that pass the conditions and lie in the query's half-open range.
///
/// Rows without a readable time are left out and counted; so are columns that the table does not have.
pub fn grouped(table: &Table, query: &GroupsQuery, conditions: &[Condition]) -> Frame {
    let mut warnings = Warnings::default();
    let rows = kept_rows(table, query, conditions, &mut warnings);
    let keys: Vec<KeyCells> = query.keys.iter().map(|key| KeyCells::of(table, key, &mut warnings)).collect();
    let units = query.unit.as_ref().map(|column| texts(table, column, &mut warnings));
    let mut groups: BTreeMap<Vec<KeyValue>, Vec<usize>> = BTreeMap::new();
    if keys.is_empty() {
        groups.insert(Vec::new(), Vec::new());
    }
    for row in rows {
        groups.entry(keys.iter().map(|key| key.at(row)).collect()).or_default().push(row);
    }
    let limit = query.limit as usize;
    warnings.add(format!("groups were left out beyond the limit of {limit}"), groups.len().saturating_sub(limit));
    let groups: Vec<(Vec<KeyValue>, Vec<usize>)> = groups.into_iter().take(limit).collect();

    let mut columns: Vec<Column> =
        query.keys.iter().enumerate().map(|(at, key)| key_column(key, groups.iter().map(|(k, _)| k.get(at)))).collect();
    let members = || groups.iter().map(|(_, rows)| rows.as_slice());
    columns.push(number("rows", members().map(|rows| rows.len() as f64)));
    if let Some(units) = &units {
        let distinct = |rows: &[usize]| rows.iter().filter_map(|&row| cell(units, row)).collect::<BTreeSet<_>>().len();
        columns.push(number("units", members().map(|rows| distinct(rows) as f64)));
    }
    for measure in &query.measures {
        let name = measure.name.as_str();
        match &measure.fold {
            Fold::Moments(column) => {
                let cells = numbers(table, column, &mut warnings);
                let mut unasked = Warnings::default();
                let told = if query.counts_present(column) { &mut unasked } else { &mut warnings };
                let moments: Vec<(f64, f64)> =
                    members().map(|rows| moments(rows, &cells, units.as_deref(), told)).collect();
                columns.push(number(name, moments.iter().map(|m| m.0)));
                columns.push(number(&format!("{name}.squares"), moments.iter().map(|m| m.1)));
            }
            Fold::Present(column) => {
                let cells = texts(table, column, &mut warnings);
                let count = |rows: &[usize]| rows.iter().filter(|&&row| cell(&cells, row).is_some()).count() as f64;
                columns.push(number(name, members().map(count)));
            }
            Fold::Distinct(column) => {
                let cells = texts(table, column, &mut warnings);
                let count =
                    |rows: &[usize]| rows.iter().filter_map(|&r| cell(&cells, r)).collect::<BTreeSet<_>>().len();
                columns.push(number(name, members().map(|rows| count(rows) as f64)));
            }
            Fold::Min(column) | Fold::Max(column) => {
                let cells = numbers(table, column, &mut warnings);
                let is_min = matches!(measure.fold, Fold::Min(_));
                let extreme = |rows: &[usize]| {
                    let present = rows.iter().filter_map(|&r| cells.get(r).copied()).filter(|v| is_present(*v));
                    present.reduce(if is_min { f64::min } else { f64::max }).unwrap_or(f64::NAN)
                };
                columns.push(number(name, members().map(extreme)));
            }
        }
    }
    let table = Table::new(columns).unwrap_or_default();
    Frame { warnings: warnings.take(), ..Frame::from_table(table) }
}

/// Sum over the group, and sum of the squares of the units' sums. A row whose unit is missing stands for itself.
fn moments(rows: &[usize], cells: &[f64], units: Option<&[Option<String>]>, warnings: &mut Warnings) -> (f64, f64) {
    let present: Vec<(usize, f64)> =
        rows.iter().filter_map(|&row| cells.get(row).map(|v| (row, *v))).filter(|(_, v)| is_present(*v)).collect();
    warnings.add("values were missing or no numbers", rows.len() - present.len());
    if present.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    let mut alone = 0.0;
    for (row, value) in &present {
        match units.and_then(|units| cell(units, *row)) {
            Some(unit) => *sums.entry(unit).or_default() += value,
            None => alone += value * value,
        }
    }
    (present.iter().map(|p| p.1).sum(), sums.values().map(|v| v * v).sum::<f64>() + alone)
}

fn kept_rows(table: &Table, query: &GroupsQuery, conditions: &[Condition], warnings: &mut Warnings) -> Vec<usize> {
    let times = query.time.as_ref().map(|column| numbers(table, column, warnings));
    for condition in conditions.iter().filter(|c| table.column(&c.label).is_none()) {
        warnings.add(format!("the table has no column {:?}", condition.label), 1);
    }
    let mut n_untimed = 0;
    let keep = |row: &usize| {
        if let Some(times) = &times {
            let at_ms = times.get(*row).copied().unwrap_or(f64::NAN);
            if !is_present(at_ms) {
                n_untimed += usize::from(!query.may_lack_time);
                return false;
            }
            if at_ms < query.range.from_ms as f64 || at_ms >= query.range.to_ms as f64 {
                return false;
            }
        }
        conditions.iter().all(|c| c.accepts(table.text(&c.label, *row).as_deref().unwrap_or("")))
    };
    let rows = (0..table.n_rows()).filter(keep).collect();
    warnings.add("rows had no readable time", n_untimed);
    rows
}

/// A key's value: a bucket's start, or text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum KeyValue {
    Time(i64),
    Text(Option<String>),
}

enum KeyCells {
    Times(Vec<f64>, Bucket),
    Texts(Vec<Option<String>>),
}

impl KeyCells {
    fn of(table: &Table, key: &GroupKey, warnings: &mut Warnings) -> Self {
        match key.bucket {
            Some(bucket) => Self::Times(numbers(table, &key.column, warnings), bucket),
            None => Self::Texts(texts(table, &key.column, warnings)),
        }
    }

    fn at(&self, row: usize) -> KeyValue {
        match self {
            Self::Times(cells, bucket) => {
                let at_ms = cells.get(row).copied().filter(|v| is_present(*v));
                at_ms.map_or(KeyValue::Text(None), |at| KeyValue::Time(bucket.start_ms(at as i64)))
            }
            Self::Texts(cells) => KeyValue::Text(cell(cells, row).map(str::to_owned)),
        }
    }
}

impl Bucket {
    /// The start of the bucket that holds an instant, milliseconds UTC.
    pub fn start_ms(self, at_ms: i64) -> i64 {
        const HOUR: i64 = 3_600_000;
        const DAY: i64 = 24 * HOUR;
        let day = at_ms.div_euclid(DAY);
        match self {
            Self::Hour => at_ms.div_euclid(HOUR) * HOUR,
            Self::Day => day * DAY,
            // Day 0 of the Unix epoch is a Thursday, three days after a Monday.
            Self::Week => (day - (day + 3).rem_euclid(7)) * DAY,
            Self::Month => {
                let date = Date::from_days(day);
                let first = date.and_then(|date| Date::new(date.year(), date.month(), 1));
                first.map_or(day, Date::days) * DAY
            }
        }
    }
}

fn key_column<'a>(key: &GroupKey, values: impl Iterator<Item = Option<&'a KeyValue>>) -> Column {
    let values: Vec<&KeyValue> = values.flatten().collect();
    let cells = if key.bucket.is_some() {
        let at = |value: &&KeyValue| if let KeyValue::Time(ms) = value { *ms as f64 } else { f64::NAN };
        Values::Time(values.iter().map(at).collect())
    } else {
        let text = |value: &&KeyValue| if let KeyValue::Text(text) = value { text.clone() } else { None };
        Values::text(values.iter().map(text))
    };
    Column::new(key.name.clone(), cells)
}

fn number(name: &str, cells: impl Iterator<Item = f64>) -> Column {
    Column::new(name, Values::numbers(cells))
}

fn numbers(table: &Table, column: &str, warnings: &mut Warnings) -> Vec<f64> {
    table.numbers(column).unwrap_or_else(|| {
        warnings.add(format!("the table has no column {column:?}"), 1);
        Vec::new()
    })
}

fn texts(table: &Table, column: &str, warnings: &mut Warnings) -> Vec<Option<String>> {
    let Some(column) = table.column(column) else {
        warnings.add(format!("the table has no column {column:?}"), 1);
        return Vec::new();
    };
    (0..table.n_rows()).map(|row| column.values.text_at(row)).collect()
}

fn cell(cells: &[Option<String>], row: usize) -> Option<&str> {
    cells.get(row).and_then(Option::as_deref)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{GroupMeasure, Matcher, SourceId, TimeRange};

    const DAY: f64 = 86_400_000.0;

    fn orders() -> Table {
        let text = |name: &str, cells: [Option<&str>; 5]| Column::new(name, Values::text(cells));
        Table::new(vec![
            Column::new("at", Values::Time([0.0, 1.0, DAY, DAY + 1.0, f64::NAN].into())),
            text("user", [Some("a"), Some("a"), Some("b"), None, Some("c")]),
            text("region", [Some("eu"), Some("eu"), Some("us"), Some("us"), Some("us")]),
            Column::new("amount", Values::numbers([1.0, 2.0, 4.0, f64::NAN, 8.0])),
        ])
        .unwrap()
    }

    fn query(keys: &[(&str, Option<Bucket>)], unit: Option<&str>) -> GroupsQuery {
        let key = |&(column, bucket): &(&str, Option<Bucket>)| GroupKey {
            name: column.to_owned(),
            column: column.to_owned(),
            bucket,
        };
        GroupsQuery {
            source: SourceId("files".into()),
            table: "orders.csv".into(),
            time: Some("at".into()),
            may_lack_time: false,
            range: TimeRange::new(0, 2 * DAY as i64),
            unit: unit.map(str::to_owned),
            keys: keys.iter().map(key).collect(),
            measures: vec![GroupMeasure { name: "amount".into(), fold: Fold::Moments("amount".into()) }],
            matchers: Vec::new(),
            limit: 100,
        }
    }

    #[test]
    fn rows_without_a_time_are_told_unless_they_may_lack_it() {
        let table = Table::new(vec![
            Column::new("at", Values::Time([1.0, f64::NAN, f64::NAN].into())),
            Column::new("region", Values::text([Some("eu"), Some("eu"), Some("us")])),
        ])
        .unwrap();
        let mut query = query(&[("region", None)], None);
        query.measures.clear();
        assert!(grouped(&table, &query, &[]).warnings.iter().any(|w| w.count == 2 && w.text.contains("time")));
        query.may_lack_time = true;
        let frame = grouped(&table, &query, &[]);
        assert!(frame.warnings.is_empty(), "{:?}", frame.warnings);
        assert_eq!(frame.table().unwrap().n_rows(), 1);
    }

    #[test]
    fn values_are_summed_per_unit_before_they_are_squared() {
        let frame = grouped(&orders(), &query(&[("region", None)], Some("user")), &[]);
        let table = frame.table().unwrap();
        assert_eq!(table.text("region", 0).as_deref(), Some("eu"));
        assert_eq!([table.number("rows", 0), table.number("units", 0)], [2.0, 1.0]);
        assert_eq!([table.number("amount", 0), table.number("amount.squares", 0)], [3.0, 9.0]);
        assert_eq!([table.number("rows", 1), table.number("units", 1), table.number("amount", 1)], [2.0, 1.0, 4.0]);
        let texts: Vec<&str> = frame.warnings.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(texts, ["rows had no readable time", "values were missing or no numbers"]);
    }

    #[test]
    fn who_asks_how_many_have_a_value_is_not_warned_of_those_that_have_none() {
        let mut query = query(&[("region", None)], Some("user"));
        query.measures.push(GroupMeasure { name: "present".into(), fold: Fold::Present("amount".into()) });
        let frame = grouped(&orders(), &query, &[]);
        let texts: Vec<&str> = frame.warnings.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(texts, ["rows had no readable time"]);
        let table = frame.table().unwrap();
        let counted = |name| (0..table.n_rows()).map(|row| table.number(name, row)).sum::<f64>();
        assert!(counted("present") < counted("rows"));
    }

    #[test]
    fn times_fall_into_buckets_and_the_range_is_half_open() {
        let mut query = query(&[("at", Some(Bucket::Day))], None);
        query.range = TimeRange::new(0, DAY as i64 + 1);
        let frame = grouped(&orders(), &query, &[]);
        let table = frame.table().unwrap();
        assert_eq!(table.numbers("at").unwrap(), [0.0, DAY]);
        assert_eq!(table.numbers("rows").unwrap(), [2.0, 1.0]);
        assert_eq!(table.numbers("amount.squares").unwrap(), [5.0, 16.0]);
    }

    #[test]
    fn without_keys_there_is_always_one_group() {
        let none = Condition::compile(&Matcher::any_of("region", ["mars"])).unwrap();
        let frame = grouped(&orders(), &query(&[], None), &[none]);
        let table = frame.table().unwrap();
        assert_eq!(table.n_rows(), 1);
        assert_eq!(table.number("rows", 0), 0.0);
        assert!(table.number("amount", 0).is_nan());
    }

    #[test]
    fn a_limit_and_an_unknown_column_are_warnings() {
        let mut query = query(&[("region", None)], None);
        query.limit = 1;
        query.measures = vec![GroupMeasure { name: "x".into(), fold: Fold::Distinct("nothing".into()) }];
        let frame = grouped(&orders(), &query, &[]);
        assert_eq!(frame.table().unwrap().n_rows(), 1);
        assert_eq!(frame.table().unwrap().number("x", 0), 0.0);
        assert!(frame.warnings.iter().any(|w| w.text == "groups were left out beyond the limit of 1"));
        assert!(frame.warnings.iter().any(|w| w.text == "the table has no column \"nothing\""));
    }

    #[test]
    fn buckets_follow_the_calendar() {
        // 2024-02-29T13:00Z, a Thursday in a leap year.
        let at = 1_709_211_600_000;
        assert_eq!(Bucket::Hour.start_ms(at), at);
        assert_eq!(Bucket::Day.start_ms(at), 1_709_164_800_000);
        assert_eq!(Bucket::Week.start_ms(at), 1_708_905_600_000); // Monday the 26th
        assert_eq!(Bucket::Month.start_ms(at), 1_706_745_600_000); // 1 February
        assert_eq!(Bucket::Month.start_ms(-1), -2_678_400_000); // 1 December 1969
    }
}
