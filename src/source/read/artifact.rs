//! The known JSON artifacts and the tables they become.

use serde::Deserialize;

use super::{Cell, RowSet, Split, Warnings, from_json};
use crate::frame::{Column, Frame, Table, Values};
use crate::query::ArtifactShape;
use crate::source::{Cause, Failure};

/// Reads an artifact as one of the known shapes. Arrays of unequal length are padded with `NaN`, since scikit-learn gives
/// one threshold fewer than points in its precision-recall curves.
///
/// # Errors
/// [`Cause::Malformed`] if it is not JSON or lacks what the shape is about.
pub fn artifact_table(body: &[u8], shape: ArtifactShape) -> Result<Frame, Failure> {
    let mut warnings = Warnings::default();
    let table = match shape {
        ArtifactShape::Confusion => confusion(body, &mut warnings)?,
        ArtifactShape::Roc => {
            let roc: Roc = from_json(body, "an ROC curve")?;
            let lists = [("fpr", &roc.fpr), ("tpr", &roc.tpr), ("threshold", &roc.thresholds)];
            curve("an ROC curve", &lists, Some(("auc", &roc.auc)))?
        }
        ArtifactShape::PrecisionRecall => {
            let pr: PrecisionRecall = from_json(body, "a precision-recall curve")?;
            let lists = [("precision", &pr.precision), ("recall", &pr.recall), ("threshold", &pr.thresholds)];
            curve("a precision-recall curve", &lists, Some(("average_precision", &pr.average_precision)))?
        }
        ArtifactShape::Calibration => {
            let bins: Calibration = from_json(body, "calibration bins")?;
            let lists = [
                ("mean_predicted", &bins.mean_predicted),
                ("fraction_positive", &bins.fraction_positive),
                ("count", &bins.count),
            ];
            curve("calibration bins", &lists, None)?
        }
        ArtifactShape::Importance => importance(body)?,
        ArtifactShape::Contributions => contributions(body, &mut warnings)?,
        ArtifactShape::Rows => {
            let mut rows = RowSet::default();
            rows.add(from_json::<Split>(body, "a table in pandas' split form")?, &mut warnings);
            rows.into_table()
        }
    };
    Ok(Frame { warnings: warnings.take(), ..Frame::from_table(table) })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Confusion {
    labels: Vec<Cell>,
    matrix: Vec<Cell>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Roc {
    fpr: Cell,
    tpr: Cell,
    thresholds: Cell,
    auc: Cell,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PrecisionRecall {
    precision: Cell,
    recall: Cell,
    thresholds: Cell,
    average_precision: Cell,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Calibration {
    mean_predicted: Cell,
    fraction_positive: Cell,
    count: Cell,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Importance {
    method: Cell,
    features: Cell,
    importances_mean: Cell,
    importances_std: Cell,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Contributions {
    features: Cell,
    base_value: Cell,
    rows: Vec<ContributionsRow>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ContributionsRow {
    id: Cell,
    contributions: Cell,
    values: Cell,
}

fn lacking(what: &str, field: &str) -> Failure {
    Failure::new(Cause::Malformed, format!("expected {what}, found no list {field:?}"))
}

fn confusion(body: &[u8], warnings: &mut Warnings) -> Result<Table, Failure> {
    let Confusion { labels, matrix } = from_json(body, "a confusion matrix")?;
    if labels.is_empty() || matrix.is_empty() {
        return Err(lacking("a confusion matrix", if labels.is_empty() { "labels" } else { "matrix" }));
    }
    let (mut actual, mut predicted, mut count) = (Vec::new(), Vec::new(), Vec::new());
    let n_wrong =
        labels.len().abs_diff(matrix.len()) + matrix.iter().filter(|r| r.elements().len() != labels.len()).count();
    warnings.add("rows of the matrix did not fit its labels", n_wrong);
    for (i, row) in labels.iter().enumerate() {
        for (j, column) in labels.iter().enumerate() {
            actual.push(row.text());
            predicted.push(column.text());
            count.push(matrix.get(i).and_then(|r| r.elements().get(j)).map_or(f64::NAN, Cell::number));
        }
    }
    Ok(table(vec![
        Column::new("actual", Values::text(actual)),
        Column::new("predicted", Values::text(predicted)),
        Column::new("count", Values::numbers(count)),
    ]))
}

/// Lists side by side, then one number repeated. The first list must be there.
fn curve(what: &str, lists: &[(&str, &Cell)], repeated: Option<(&str, &Cell)>) -> Result<Table, Failure> {
    let n = lists.iter().map(|(_, cells)| cells.elements().len()).max().unwrap_or(0);
    if let Some((field, _)) = lists.iter().take(2).find(|(_, cells)| !matches!(cells, Cell::List(_))) {
        return Err(lacking(what, field));
    }
    let number_at = |cells: &Cell, i: usize| cells.elements().get(i).map_or(f64::NAN, Cell::number);
    let mut columns: Vec<Column> = lists
        .iter()
        .map(|(name, cells)| Column::new(*name, Values::numbers((0..n).map(|i| number_at(cells, i)))))
        .collect();
    if let Some((name, cell)) = repeated {
        columns.push(Column::new(name, Values::numbers(std::iter::repeat_n(cell.number(), n))));
    }
    Ok(table(columns))
}

fn importance(body: &[u8]) -> Result<Table, Failure> {
    let read: Importance = from_json(body, "feature importance")?;
    let names = read.features.elements();
    if names.is_empty() {
        return Err(lacking("feature importance", "features"));
    }
    let numbers = |cells: &Cell| {
        Values::numbers((0..names.len()).map(|i| cells.elements().get(i).map_or(f64::NAN, Cell::number)))
    };
    Ok(table(vec![
        Column::new("feature", Values::text(names.iter().map(Cell::text))),
        Column::new("mean", numbers(&read.importances_mean)),
        Column::new("std", numbers(&read.importances_std)),
        Column::new("method", Values::text(names.iter().map(|_| read.method.text()))),
    ]))
}

fn contributions(body: &[u8], warnings: &mut Warnings) -> Result<Table, Failure> {
    let read: Contributions = from_json(body, "contributions")?;
    let features = read.features.elements();
    if features.is_empty() {
        return Err(lacking("contributions", "features"));
    }
    let n = features.len() * read.rows.len();
    let (mut ids, mut names) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut parts, mut values) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let mut n_wrong = 0;
    for row in &read.rows {
        n_wrong += usize::from(row.contributions.elements().len() != features.len());
        for (i, feature) in features.iter().enumerate() {
            ids.push(row.id.text());
            names.push(feature.text());
            parts.push(row.contributions.elements().get(i).map_or(f64::NAN, Cell::number));
            values.push(row.values.elements().get(i).map_or(f64::NAN, Cell::number));
        }
    }
    warnings.add("rows did not have one contribution per feature", n_wrong);
    Ok(table(vec![
        Column::new("id", Values::text(ids)),
        Column::new("feature", Values::text(names)),
        Column::new("contribution", Values::numbers(parts)),
        Column::new("value", Values::numbers(values)),
        Column::new("base_value", Values::numbers(std::iter::repeat_n(read.base_value.number(), n))),
    ]))
}

fn table(columns: Vec<Column>) -> Table {
    Table::new(columns).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(shape: ArtifactShape, json: &str) -> Frame {
        artifact_table(json.as_bytes(), shape).unwrap()
    }

    #[test]
    fn a_matrix_becomes_rows_in_the_order_of_its_labels() {
        let frame = read(ArtifactShape::Confusion, r#"{"labels":["b","a"],"matrix":[[1,2],[3,4]]}"#);
        let table = frame.table().unwrap();
        assert_eq!(table.numbers("count").unwrap(), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!((table.text("actual", 1), table.text("predicted", 1)), (Some("b".into()), Some("a".into())));
    }

    #[test]
    fn missing_parts_of_a_matrix_are_not_zero() {
        let frame = read(ArtifactShape::Confusion, r#"{"labels":[0,1],"matrix":[[1,2,3],[4]]}"#);
        let counts = frame.table().unwrap().numbers("count").unwrap();
        assert_eq!(format!("{counts:?}"), "[1.0, 2.0, 4.0, NaN]");
        assert_eq!(frame.warnings.first().map(|w| w.count), Some(2));
    }

    #[test]
    fn bare_infinity_is_a_threshold() {
        let frame = read(ArtifactShape::Roc, r#"{"fpr":[0,1],"tpr":[0,1],"thresholds":[Infinity,0.5],"auc":NaN}"#);
        let table = frame.table().unwrap();
        assert_eq!(table.number("threshold", 0), f64::INFINITY);
        assert!(table.number("auc", 0).is_nan());
    }

    #[test]
    fn a_wrong_shape_is_told() {
        let failure = artifact_table(b"{\"fpr\":[0]}", ArtifactShape::Roc).unwrap_err();
        assert_eq!(failure.text, "expected an ROC curve, found no list \"tpr\"");
        assert_eq!(artifact_table(b"[]", ArtifactShape::Importance).unwrap_err().cause, Cause::Malformed);
    }

    #[test]
    fn contributions_are_long() {
        let json =
            r#"{"features":["f","g"],"base_value":0.5,"rows":[{"id":"a","contributions":[1,2],"values":[3,null]}]}"#;
        let frame = read(ArtifactShape::Contributions, json);
        let table = frame.table().unwrap();
        assert_eq!(table.text("feature", 1).as_deref(), Some("g"));
        assert_eq!(table.numbers("base_value").unwrap(), [0.5, 0.5]);
        assert!(table.number("value", 1).is_nan());
    }
}
