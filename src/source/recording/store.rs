//! The parsed files of a recording.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;

use super::samples::Samples;
use super::{MANIFEST, version};
use crate::frame::{Labels, Table};
use crate::source::read::{Cell, RowSet, Warnings, from_json};
use crate::source::{Cause, Failure};

const DAY_MS: i64 = 86_400_000;

/// `manifest.json`. Instants are milliseconds since the Unix epoch, as recorded.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Manifest {
    /// When the recording ends.
    pub recorded_at: i64,
    /// Files of series.
    pub series: Vec<SeriesFile>,
    /// Files of rows.
    pub tables: Vec<TableFile>,
    /// Values of every label that any series carries, for pickers; without it they are gathered from series.
    pub labels: Option<BTreeMap<String, Vec<String>>>,
}

/// A file of series.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SeriesFile {
    /// Its name.
    pub file: String,
    /// The metrics in it.
    pub names: Vec<String>,
    /// First instant.
    pub from: i64,
    /// Last instant.
    pub to: i64,
    /// The recorder kept one sample, or both extremes, of each so many milliseconds.
    pub bucket_ms: i64,
}

/// A file of rows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TableFile {
    /// Its name.
    pub file: String,
    /// What the rows are: `runs`, `history`, `versions`, `artifacts`, `predictions`, `traces`, `alerts`.
    pub table: String,
    /// Which part: an experiment of `history`, a model of `predictions`.
    pub key: Option<String>,
    /// First instant, where rows have times.
    pub from: Option<i64>,
    /// Last instant.
    pub to: Option<i64>,
    /// Only every so many rows were kept.
    pub kept_every: Option<u32>,
}

/// A parsed file of rows.
#[derive(Debug)]
pub enum Rows {
    /// Rows as JSON: nested, small.
    Json(Value),
    /// Typed columns: predictions.
    Columns(Table),
}

impl Rows {
    /// A list in the JSON; none in columns.
    pub fn list(&self, field: &str) -> &[Value] {
        match self {
            Self::Json(content) => content.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default(),
            Self::Columns(_) => &[],
        }
    }
}

/// What has been parsed so far.
#[derive(Debug)]
pub struct Store {
    now_ms: i64,
    manifest: Option<Manifest>,
    series: HashMap<String, BTreeMap<Labels, Samples>>,
    tables: HashMap<String, Rows>,
    series_files: HashSet<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SeriesContent {
    series: Vec<RecordedSeries>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RecordedSeries {
    name: String,
    labels: BTreeMap<String, String>,
    t: Vec<i64>,
    v: Vec<Cell>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ColumnsContent {
    columns: BTreeMap<String, Vec<Cell>>,
}

impl Store {
    /// Nothing parsed; the clock says `now_ms`.
    pub fn new(now_ms: i64) -> Self {
        Self { now_ms, manifest: None, series: HashMap::new(), tables: HashMap::new(), series_files: HashSet::new() }
    }

    /// The list of files, once it is there.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// Whether a file is parsed.
    pub fn is_parsed(&self, file: &str) -> bool {
        (file == MANIFEST && self.manifest.is_some())
            || self.tables.contains_key(file)
            || self.series_files.contains(file)
    }

    /// Takes a file's content.
    ///
    /// # Errors
    /// If it is not the JSON that a recording has.
    pub fn parse(&mut self, file: &str, body: &[u8]) -> Result<(), Failure> {
        let what = format!("the recording's file {file:?}");
        if file == MANIFEST {
            let manifest = version::upgraded(from_json(body, &what)?)?;
            let malformed = |e| Failure::new(Cause::Malformed, format!("{what} is no list of files: {e}"));
            self.manifest = Some(serde_json::from_value(manifest).map_err(malformed)?);
            return Ok(());
        }
        let Some(manifest) = &self.manifest else { return Ok(()) };
        if manifest.series.iter().any(|s| s.file == file) {
            let content: SeriesContent = from_json(body, &what)?;
            for recorded in content.series {
                let labels: Labels = recorded.labels.into_iter().collect();
                let samples = Samples::from_deltas(&recorded.t, &recorded.v);
                self.series.entry(recorded.name).or_default().entry(labels).or_default().merge(samples);
            }
            self.series_files.insert(file.to_owned());
            return Ok(());
        }
        let rows = if manifest.tables.iter().any(|t| t.file == file && t.table == "predictions") {
            Rows::Columns(columns_table(from_json(body, &what)?))
        } else {
            Rows::Json(from_json(body, &what)?)
        };
        self.tables.insert(file.to_owned(), rows);
        Ok(())
    }

    /// The series of a metric that are parsed.
    pub fn series(&self, name: &str) -> impl Iterator<Item = (&Labels, &Samples)> {
        self.series.get(name).into_iter().flatten()
    }

    /// All series that are parsed.
    pub fn all_series(&self) -> impl Iterator<Item = (&Labels, &Samples)> {
        self.series.values().flatten()
    }

    /// Files of a kind of rows, and of a part if one is given.
    pub fn table_files(&self, table: &str, key: Option<&str>) -> Vec<&TableFile> {
        let files = self.manifest.iter().flat_map(|m| &m.tables);
        files.filter(|t| t.table == table && (key.is_none() || t.key.as_deref() == key)).collect()
    }

    /// A parsed file of rows.
    pub fn rows(&self, file: &str) -> Option<&Rows> {
        self.tables.get(file)
    }

    /// The JSON rows of a kind from all its parsed files.
    pub fn json_rows(&self, table: &str, key: Option<&str>) -> Vec<&Value> {
        let contents = self.table_files(table, key).into_iter().filter_map(|t| self.rows(&t.file));
        contents.flat_map(|rows| rows.list("rows")).collect()
    }

    /// What the clock says, in milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// By how much series, rows, traces and alerts are moved: whole days, so many that they cover now.
    pub fn shift_ms(&self) -> i64 {
        let behind = self.now_ms.saturating_sub(self.recorded_at());
        behind.div_euclid(DAY_MS).saturating_add(i64::from(behind.rem_euclid(DAY_MS) > 0)).saturating_mul(DAY_MS)
    }

    /// By how much runs and versions are moved: whole days, so many that none lies in the future.
    pub fn past_shift_ms(&self) -> i64 {
        self.now_ms.saturating_sub(self.recorded_at()).div_euclid(DAY_MS).saturating_mul(DAY_MS)
    }

    fn recorded_at(&self) -> i64 {
        self.manifest.as_ref().map_or(self.now_ms, |m| m.recorded_at)
    }
}

/// Typed columns; shorter ones are filled up with missing cells.
fn columns_table(content: ColumnsContent) -> Table {
    let mut rows = RowSet::default();
    rows.add_columns(content.columns, &mut Warnings::default());
    rows.into_table()
}
