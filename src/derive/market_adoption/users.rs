//! Accounts in use: those that signed up, less those that left.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::derive::{Ask, By, Context, Stop};
use crate::frame::{Column, Frame, Table, Values};
use crate::privacy;
use crate::query::{Bucket, TimeRange};
use crate::spec::{MetricQuerySpec, MetricSpec};

const CHURNED: &str = "churned_at";
/// A day longer than any month, to reach the next one.
const BEYOND_MONTH_MS: i64 = 32 * 86_400_000;

/// The answers about the accounts of one side until an instant, in the same groups.
pub(in crate::derive) struct Asked {
    signed: Result<Arc<Frame>, Stop>,
    left: Result<Arc<Frame>, Stop>,
}

/// Accounts by group: how many signed up, and how many of them left. `NaN` where a small number is hidden.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::derive) struct Users {
    pub(super) signed: BTreeMap<String, f64>,
    pub(super) left: BTreeMap<String, f64>,
}

/// Asks for the accounts that signed up before an instant, and for those that left before it.
pub(in crate::derive) fn ask(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    metric: &MetricSpec,
    to_ms: i64,
    by: &[By<'_>],
) -> Asked {
    let range = TimeRange::new(0, to_ms);
    let mut leaving = metric.clone();
    if let MetricQuerySpec::Table { time, .. } = &mut leaving.query {
        *time = Some(metric.query.column(CHURNED).to_owned());
    }
    Asked {
        signed: ask.groups(context, metric, range, by, &[]),
        left: ask.groups_of_those_who(context, &leaving, range, by),
    }
}

impl Asked {
    /// Reads the answers by one key; by none, the key is empty.
    ///
    /// # Errors
    /// As [`Ask::groups`]. A table that does not say who left is no failure: nobody left, and a remark.
    pub(in crate::derive) fn read(self, ask: &mut Ask<'_>, metric: &MetricSpec, key: &str) -> Result<Users, Stop> {
        let column = format!("{:?}", metric.query.column(CHURNED));
        let left = match self.left {
            Err(Stop::Failed(failure)) if failure.text.contains(&column) => {
                ask.remark(format!("{} does not say who left: all that signed up count as in use", metric.title()));
                None
            }
            answer => Some(answer),
        };
        let signed = self.signed?;
        let left = left.transpose()?;
        Ok(Users { signed: by_key(&signed, key), left: left.map(|frame| by_key(&frame, key)).unwrap_or_default() })
    }
}

fn by_key(frame: &Frame, key: &str) -> BTreeMap<String, f64> {
    let Some(table) = frame.table() else { return BTreeMap::new() };
    let name = |row: usize| table.text(key, row).unwrap_or_default();
    (0..table.n_rows()).map(|row| (name(row), table.number("units", row))).collect()
}

impl Users {
    /// Accounts in use by group, with those of fewer than `k` hidden and what would give them away.
    pub(super) fn in_use(&self, k: Option<u32>) -> BTreeMap<String, f64> {
        let rest = |(key, n): (&String, &f64)| (key.clone(), n - self.left.get(key).copied().unwrap_or(0.0));
        let found: BTreeMap<String, f64> = self.signed.iter().map(rest).collect();
        match k {
            Some(k) => guarded(found, k),
            None => found,
        }
    }

    /// Accounts in use over everything; `None` where hidden or where nobody signed up.
    pub(super) fn total(&self, k: Option<u32>) -> Option<f64> {
        self.in_use(k).get("").copied().filter(|n| n.is_finite())
    }
}

fn guarded(found: BTreeMap<String, f64>, k: u32) -> BTreeMap<String, f64> {
    let columns = vec![
        Column::new("key", Values::text(found.keys().map(Some))),
        Column::new("people", Values::numbers(found.values().copied())),
    ];
    let Some(table) = Table::new(columns) else { return BTreeMap::new() };
    let (guarded, _) = privacy::guarded(&Frame::from_table(table), &["key"], "people", k);
    let people = |row: usize| guarded.table().map_or(f64::NAN, |table| table.number("people", row));
    found.into_keys().enumerate().map(|(row, key)| (key, people(row))).collect()
}

/// Accounts by calendar month (UTC).
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::derive) struct Months {
    /// Start of each month from that of the first account on, milliseconds.
    pub(in crate::derive) starts: Vec<i64>,
    /// Accounts that signed up in it; `NaN` where hidden.
    pub(super) new: Vec<f64>,
    /// Accounts that have signed up by its end.
    pub(super) signed: Vec<f64>,
    /// Accounts in use at its end.
    pub(in crate::derive) in_use: Vec<f64>,
}

impl Months {
    /// From accounts by month and over everything, until `to_ms`.
    pub(in crate::derive) fn of(by_month: &Users, whole: &Users, to_ms: i64) -> Self {
        let starts_of = |counts: &BTreeMap<String, f64>| -> BTreeMap<i64, f64> {
            counts.iter().filter_map(|(key, n)| Some((key.parse::<f64>().ok()? as i64, *n))).collect()
        };
        let (signed, left) = (starts_of(&by_month.signed), starts_of(&by_month.left));
        let Some(&first) = signed.keys().next() else { return Self::default() };
        let starts: Vec<i64> =
            std::iter::successors(Some(first), |start| Some(next(*start))).take_while(|start| *start < to_ms).collect();
        let at = |counts: &BTreeMap<i64, f64>| -> Vec<f64> {
            starts.iter().map(|start| counts.get(start).copied().unwrap_or(0.0)).collect()
        };
        let (new, gone) = (at(&signed), at(&left));
        let of = |counts: &BTreeMap<String, f64>| counts.get("").copied().unwrap_or(0.0);
        let signed = cumulative(&new, of(&whole.signed));
        let left = cumulative(&gone, of(&whole.left));
        let in_use = signed.iter().zip(&left).map(|(signed, left)| signed - left).collect();
        Self { starts, new, signed, in_use }
    }

    /// Number of whole months before `to_ms`.
    pub(super) fn n_whole(&self, to_ms: i64) -> usize {
        self.starts.iter().filter(|start| next(**start) <= to_ms).count()
    }

    /// The end of each month, of the running one the instant `to_ms`.
    pub(super) fn ends(&self, to_ms: i64) -> Vec<f64> {
        self.starts.iter().map(|start| next(*start).min(to_ms) as f64).collect()
    }
}

/// Start of the next month.
pub(super) fn next(start_ms: i64) -> i64 {
    Bucket::Month.start_ms(start_ms + BEYOND_MONTH_MS)
}

/// Running totals: from the front up to the first hidden number, from the known total back to the last hidden one, unknown between.
pub(super) fn cumulative(counts: &[f64], total: f64) -> Vec<f64> {
    let mut sums: Vec<f64> = Vec::with_capacity(counts.len());
    let mut sum = 0.0;
    for n in counts {
        sum += n;
        sums.push(sum);
    }
    let mut rest = total;
    for (sum, n) in sums.iter_mut().zip(counts).rev() {
        if sum.is_nan() {
            *sum = rest;
        }
        rest -= n;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Cause, Failure};

    #[test]
    fn running_totals_go_round_hidden_months() {
        let nan = f64::NAN;
        let found = cumulative(&[1.0, nan, 3.0, nan, 5.0], 20.0);
        assert_eq!((found[0], found[3], found[4]), (1.0, 15.0, 20.0));
        assert!(found[1].is_nan() && found[2].is_nan());
        assert_eq!(cumulative(&[1.0, 2.0], nan), [1.0, 3.0]);
        assert!(cumulative(&[], 0.0).is_empty());
    }

    #[test]
    fn a_table_that_does_not_say_who_left_counts_all() {
        let metric = serde_json::from_str(
            r#"{ "id": "adoption", "query": { "type": "table", "source": "s", "table": "users", "time": "at", "unit": "user_id" } }"#,
        )
        .unwrap();
        let text = "the table \"users\" has no column \"churned_at\"".to_owned();
        let left = Err(Stop::Failed(Failure { cause: Cause::Rejected, text, hint: None }));
        let signed = Table::new(vec![Column::new("units", Values::numbers([42.0]))]).unwrap();
        let asked = Asked { signed: Ok(Arc::new(Frame::from_table(signed))), left };
        let answers = crate::derive::Answers::new();
        let mut ask = Ask::new(&answers);
        let users = asked.read(&mut ask, &metric, "").unwrap();
        assert_eq!(users.total(Some(11)), Some(42.0));
        assert_eq!(ask.into_notes().remarks.len(), 1);
    }

    #[test]
    fn months_without_a_sign_up_are_zero() {
        let of = |pairs: &[(i64, f64)]| pairs.iter().map(|(start, n)| (start.to_string(), *n)).collect();
        // November 2023 and January 2024, until 20 January.
        let by_month =
            Users { signed: of(&[(1_698_796_800_000, 4.0), (1_704_067_200_000, 2.0)]), left: BTreeMap::new() };
        let whole = Users { signed: BTreeMap::from([(String::new(), 6.0)]), left: BTreeMap::new() };
        let to_ms = 1_705_708_800_000;
        let months = Months::of(&by_month, &whole, to_ms);
        assert_eq!(
            (months.new.as_slice(), months.in_use.as_slice()),
            ([4.0, 0.0, 2.0].as_slice(), [4.0, 4.0, 6.0].as_slice())
        );
        assert_eq!((months.n_whole(to_ms), months.ends(to_ms).last()), (2, Some(&(to_ms as f64))));
    }
}
