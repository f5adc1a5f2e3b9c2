//! Features by importance, as a run logged them.

use crate::derive::shared::evaluated::RunName;
use crate::derive::shared::tracking::Tracked;
use crate::derive::{Ask, Stop};
use crate::order::Order;
use crate::query::ArtifactShape;
use crate::stats::ranks::spearman;

/// A feature with its importance; `NaN` where a number is missing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Feature {
    pub(super) name: String,
    /// Mean over the repeats.
    pub(super) mean: f64,
    /// Standard deviation over the repeats.
    pub(super) spread: f64,
}

/// Features by falling importance, those without a number last.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ranking {
    pub(super) method: String,
    pub(super) features: Vec<Feature>,
}

/// Reads an artifact; `None` if the run has none or it names no feature.
pub(super) fn read(ask: &mut Ask<'_>, of: &Tracked<'_>, run: &RunName, path: &str) -> Result<Option<Ranking>, Stop> {
    let frame = of.artifact(ask, &run.id, path, ArtifactShape::Importance)?;
    let Some(table) = frame.as_ref().and_then(|f| f.table()) else { return Ok(None) };
    let feature = |row: usize| {
        let (mean, spread) = (table.number("mean", row), table.number("std", row));
        Some(Feature { name: table.text("feature", row)?, mean, spread })
    };
    let mut features: Vec<Feature> = (0..table.n_rows()).filter_map(feature).collect();
    let key = |f: &Feature| if f.mean.is_finite() { f.mean } else { f64::NEG_INFINITY };
    features.order_by(|a, b| key(b).total_cmp(&key(a)));
    let method = table.text("method", 0).unwrap_or_default();
    Ok((!features.is_empty()).then_some(Ranking { method, features }))
}

impl Ranking {
    /// The method for the reader.
    pub(super) fn method_words(&self) -> String {
        match self.method.as_str() {
            "" => "importance of an unnamed method".to_owned(),
            "gain" => "gain in the trees".to_owned(),
            "permutation" => "permutation importance".to_owned(),
            "shap" => "mean absolute SHAP value".to_owned(),
            other => format!("{other} importance"),
        }
    }

    /// A feature with its rank, counted from 0.
    pub(super) fn find(&self, name: &str) -> Option<(usize, &Feature)> {
        self.features.iter().enumerate().find(|(_, feature)| feature.name == name)
    }

    /// Rank correlation over the features that both know, and their number; `None` below three or where one is constant.
    pub(super) fn agreement(&self, other: &Self) -> Option<(f64, usize)> {
        let shared = self.features.iter().filter_map(|f| Some((f.mean, other.find(&f.name)?.1.mean)));
        let (ours, theirs): (Vec<f64>, Vec<f64>) = shared.filter(|(a, b)| a.is_finite() && b.is_finite()).unzip();
        if ours.len() < 3 {
            return None;
        }
        spearman(&ours, &theirs).map(|c| (c.coefficient, c.n)).filter(|(c, _)| c.is_finite())
    }
}
