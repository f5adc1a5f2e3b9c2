//! Predictions with their labels: the rows of one model version.
//!
//! A row without a label, or with neither a prediction nor a score, is left out and counted. Classes are named as the table writes them,
//! in numeric order where all are numbers. For a binary model the classes are always `[negative, positive]`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::classes::{binary_classes, ordered};
use crate::frame::{Frame, Table};
use crate::spec::{ModelSpec, Task};
use crate::stats::confusion::ConfusionMatrix;

/// The threshold of a binary model that the viewer has not moved.
pub(crate) const DEFAULT_THRESHOLD: f64 = 0.5;

/// Labelled predictions of a classifier.
#[derive(Clone, Debug)]
pub(crate) struct Labelled {
    /// The table, for listing.
    pub(crate) frame: Arc<Frame>,
    /// Row of the table behind each kept row.
    pub(crate) places: Vec<usize>,
    /// Class names.
    pub(crate) classes: Vec<String>,
    /// Place of the true class.
    pub(crate) actual: Vec<usize>,
    /// Place of the class that the model chose; `None` where only a score was written.
    pub(crate) recorded: Vec<Option<usize>>,
    /// Scores as written; `NaN` where one is missing.
    pub(crate) scores: Vec<f64>,
    /// Instants in milliseconds; `NaN` where the table has none.
    pub(crate) times: Vec<f64>,
    /// Rows left out for want of a label or of any answer.
    pub(crate) n_left_out: usize,
    /// Whether the model is binary, so that scores are of the positive class.
    pub(crate) is_binary: bool,
}

impl Labelled {
    /// Reads a table with the columns `label` and `prediction` or `score`; `None` if there is no such column or no usable row.
    pub(crate) fn read(frame: &Arc<Frame>, model: &ModelSpec) -> Option<Self> {
        let table = frame.table()?;
        table.column("label")?;
        let n = table.n_rows();
        let scores = table.numbers("score").unwrap_or_else(|| vec![f64::NAN; n]);
        let times = table.numbers("time").unwrap_or_else(|| vec![f64::NAN; n]);
        let label = names_of(table, "label");
        let prediction = names_of(table, "prediction");
        let seen: BTreeSet<&str> = label.iter().chain(&prediction).filter_map(|name| name.as_deref()).collect();
        let is_binary = model.task == Task::Binary;
        let classes = if is_binary { binary_classes(&seen, model) } else { ordered(seen) };
        let place_of = |name: &str| {
            let found = classes.iter().position(|class| class == name);
            if is_binary { found.or(Some(0)) } else { found }
        };
        let place = |name: &Option<Arc<str>>| name.as_deref().and_then(place_of);
        let mut read = Self {
            frame: Arc::clone(frame),
            places: Vec::with_capacity(n),
            classes: classes.clone(),
            actual: Vec::with_capacity(n),
            recorded: Vec::with_capacity(n),
            scores: Vec::with_capacity(n),
            times: Vec::with_capacity(n),
            n_left_out: 0,
            is_binary,
        };
        for row in 0..n {
            let actual = label.get(row).and_then(place);
            let chosen = prediction.get(row).and_then(place);
            let score = scores.get(row).copied().unwrap_or(f64::NAN);
            match actual {
                Some(actual) if chosen.is_some() || (is_binary && score.is_finite()) => {
                    read.places.push(row);
                    read.actual.push(actual);
                    read.recorded.push(chosen);
                    read.scores.push(score);
                    read.times.push(times.get(row).copied().unwrap_or(f64::NAN));
                }
                _ => read.n_left_out += 1,
            }
        }
        (!read.places.is_empty()).then_some(read)
    }

    /// A matrix of counts as rows, one a count, so that it is measured as rows are; `None` beyond 200,000 rows or for none.
    pub(crate) fn of_matrix(matrix: &ConfusionMatrix, is_binary: bool) -> Option<Self> {
        let n = matrix.n();
        if !(1.0..=200_000.0).contains(&n) {
            return None;
        }
        let classes = matrix.classes().to_vec();
        let (mut actual, mut recorded) = (Vec::new(), Vec::new());
        for row in 0..classes.len() {
            for column in 0..classes.len() {
                let count = matrix.count(row, column).round() as usize;
                actual.extend(std::iter::repeat_n(row, count));
                recorded.extend(std::iter::repeat_n(Some(column), count));
            }
        }
        let n = actual.len();
        Some(Self {
            frame: Arc::new(Frame::default()),
            places: (0..n).collect(),
            classes,
            actual,
            recorded,
            scores: vec![f64::NAN; n],
            times: vec![f64::NAN; n],
            n_left_out: 0,
            is_binary,
        })
    }

    /// Only the given rows, in the given order.
    pub(crate) fn taken(&self, rows: &[usize]) -> Self {
        fn pick<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().filter_map(|&row| values.get(row).copied()).collect()
        }
        Self {
            frame: Arc::clone(&self.frame),
            places: pick(&self.places, rows),
            classes: self.classes.clone(),
            actual: pick(&self.actual, rows),
            recorded: pick(&self.recorded, rows),
            scores: pick(&self.scores, rows),
            times: pick(&self.times, rows),
            n_left_out: self.n_left_out + self.n().saturating_sub(rows.len()),
            is_binary: self.is_binary,
        }
    }

    /// Number of rows.
    pub(crate) fn n(&self) -> usize {
        self.places.len()
    }

    /// Whether a binary model's rows have scores, so that a threshold can be moved.
    pub(crate) fn has_scores(&self) -> bool {
        self.is_binary && self.scores.iter().any(|score| score.is_finite())
    }

    /// For each row, whether its label is the positive class.
    pub(crate) fn positives(&self) -> Vec<bool> {
        self.actual.iter().map(|&class| class == 1).collect()
    }

    /// The chosen class of each row: by the threshold where one is given, else as recorded.
    ///
    /// Without a threshold a row with only a score is decided at [`DEFAULT_THRESHOLD`];
    /// with one, a row without a score is `None`.
    pub(crate) fn decided(&self, threshold: Option<f64>) -> Vec<Option<usize>> {
        let by_score = |score: f64, threshold: f64| score.is_finite().then(|| usize::from(score >= threshold));
        let rows = self.recorded.iter().zip(&self.scores);
        match threshold.filter(|_| self.has_scores()) {
            Some(threshold) => rows.map(|(_, &score)| by_score(score, threshold)).collect(),
            None => rows.map(|(chosen, &score)| chosen.or(by_score(score, DEFAULT_THRESHOLD))).collect(),
        }
    }

    /// Counts by actual and chosen class.
    pub(crate) fn matrix(&self, decided: &[Option<usize>]) -> Option<ConfusionMatrix> {
        let n = self.classes.len();
        let mut counts = vec![0.0; n * n];
        for (actual, chosen) in self.actual.iter().zip(decided) {
            if let Some(cell) = chosen.and_then(|chosen| counts.get_mut(actual * n + chosen)) {
                *cell += 1.0;
            }
        }
        ConfusionMatrix::new(self.classes.clone(), counts)
    }

    /// The newest instant of the rows, milliseconds.
    pub(crate) fn newest_ms(&self) -> Option<f64> {
        self.times.iter().copied().filter(|t| t.is_finite()).reduce(f64::max)
    }

    /// Pairs of rows that both sides scored: `(ours, theirs)`, the newest of each key on either side.
    ///
    /// The key is the column `id` if the sides share one, else `row`. Empty if no key is shared or if the labels of a shared key differ,
    /// since then the keys do not name the same rows.
    pub(crate) fn pairs_with(&self, other: &Self) -> Vec<(usize, usize)> {
        for key in ["id", "row"] {
            let (ours, theirs) = (self.newest_by(key), other.newest_by(key));
            let mut pairs = Vec::new();
            for (name, &ours) in &ours {
                let Some(&theirs) = theirs.get(name) else { continue };
                if self.label(ours) != other.label(theirs) {
                    return Vec::new();
                }
                pairs.push((ours, theirs));
            }
            if !pairs.is_empty() {
                return pairs;
            }
        }
        Vec::new()
    }

    fn label(&self, row: usize) -> Option<&String> {
        self.actual.get(row).and_then(|&class| self.classes.get(class))
    }

    /// The newest row of each key.
    fn newest_by(&self, key: &str) -> BTreeMap<String, usize> {
        let mut newest = BTreeMap::new();
        let Some(column) = self.frame.table().and_then(|table| table.column(key)) else { return newest };
        // Rows are sorted by time, so that a later one replaces an earlier one.
        for (row, &place) in self.places.iter().enumerate() {
            if let Some(name) = column.values.text_at(place) {
                newest.insert(name, row);
            }
        }
        newest
    }
}

fn names_of(table: &Table, column: &str) -> Vec<Option<Arc<str>>> {
    let Some(column) = table.column(column) else { return vec![None; table.n_rows()] };
    // Few distinct names over many rows: each is kept once.
    let mut known: HashMap<String, Arc<str>> = HashMap::new();
    let mut name = |text: String| Arc::clone(known.entry(text).or_insert_with_key(|text| Arc::from(text.as_str())));
    (0..table.n_rows()).map(|row| column.values.text_at(row).map(&mut name)).collect()
}
