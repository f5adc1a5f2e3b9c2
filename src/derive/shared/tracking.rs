//! A model in its tracking source: versions, runs, predictions.

use std::sync::Arc;

use crate::derive::{Ask, Context, Side, Stop};
use crate::frame::{Frame, Table};
use crate::order::Order;
use crate::query::{
    ArtifactQuery, ArtifactShape, Matcher, Query, RowsQuery, RunsQuery, SourceId, TimeRange, VersionsQuery,
};
use crate::spec::{ModelIdentity, ModelSpec, SourceSpec};

/// More prediction rows than this are not asked for; the panel says so.
const MAX_ROWS: u32 = 200_000;
const MAX_RUNS: u32 = 10_000;

/// A model and the tracking source that knows it.
#[derive(Clone, Debug)]
pub(crate) struct Tracked<'a> {
    /// The model.
    pub(crate) model: &'a ModelSpec,
    /// Where it is tracked; `None` where nothing tracks it, so that it has neither versions nor runs nor predictions.
    pub(crate) source: Option<&'a SourceSpec>,
    /// Its names there.
    pub(crate) identity: ModelIdentity,
}

/// One registered version of a model.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Version {
    /// Version name.
    pub(crate) name: String,
    /// The run that made it.
    pub(crate) run_id: String,
    /// Its aliases.
    pub(crate) aliases: Vec<String>,
    /// When it was registered, milliseconds.
    pub(crate) created_ms: f64,
    /// Who answers for it: the version's tag `owner`, else the registered model's.
    pub(crate) owner: Option<String>,
}

/// The chosen models with their tracking source: the first source that the model names, else the first there is.
pub(crate) fn tracked<'a>(context: &Context<'a>) -> Vec<Tracked<'a>> {
    context.models().into_iter().filter_map(|model| track(context, model)).collect()
}

/// A model with its tracking source, if there is one.
pub(crate) fn track<'a>(context: &Context<'a>, model: &'a ModelSpec) -> Option<Tracked<'a>> {
    let named = context.tracking_sources().find(|s| model.identity.contains_key(&s.id));
    let source = named.or_else(|| context.tracking_sources().next())?;
    Some(Tracked { model, source: Some(source), identity: context.identity(model, &source.id) })
}

/// A model that may have no tracking source.
pub(crate) fn track_or_not<'a>(context: &Context<'a>, model: &'a ModelSpec) -> Tracked<'a> {
    let untracked = || Tracked { model, source: None, identity: ModelIdentity::default() };
    track(context, model).unwrap_or_else(untracked)
}

/// The panel cannot work without experiment tracking: says what to add.
pub(crate) fn no_tracking() -> Stop {
    Stop::missing(
        "this panel reads training runs, and the workspace names no MLflow server",
        "\"sources\": [\n  { \"id\": \"mlflow\", \"kind\": \"mlflow\", \"url\": \"https://mlflow.example.com\" }\n]",
    )
}

impl Tracked<'_> {
    /// Shown name of the model.
    pub(crate) fn title(&self) -> String {
        self.model.title.clone().unwrap_or_else(|| self.model.id.clone())
    }

    /// Id of its tracking source.
    ///
    /// # Errors
    /// Without one, with the lines of workspace to add.
    pub(crate) fn source_id(&self) -> Result<SourceId, Stop> {
        self.source.map(|source| source.id.clone()).ok_or_else(no_tracking)
    }

    /// Its registered versions, newest first.
    ///
    /// # Errors
    /// As [`Ask::frame`].
    pub(crate) fn versions(&self, ask: &mut Ask<'_>) -> Result<Vec<Version>, Stop> {
        let Some(source) = self.source else { return Ok(Vec::new()) };
        let models = self.identity.registered_model.iter().cloned().collect();
        let frame = ask.frame(Query::Versions(VersionsQuery { source: source.id.clone(), models }))?;
        let Some(table) = frame.table() else { return Ok(Vec::new()) };
        let mut versions: Vec<Version> = (0..table.n_rows())
            .filter(|&row| table.text("model", row) == self.identity.registered_model)
            .map(|row| version(table, row))
            .collect();
        versions.order_by(|a, b| b.created_ms.total_cmp(&a.created_ms));
        Ok(versions)
    }

    /// The version that the selection's version filter chooses, else the champion, else the newest.
    ///
    /// Without a tracking source only a filter for one version names one.
    ///
    /// # Errors
    /// As [`Ask::frame`].
    pub(crate) fn chosen_version(&self, context: &Context<'_>, ask: &mut Ask<'_>) -> Result<Option<Version>, Stop> {
        let wanted = context.selection.filters.get("version").map(|f| f.include.clone()).unwrap_or_default();
        if self.source.is_none() {
            return Ok(<[String; 1]>::try_from(wanted).ok().map(|[name]| Version::named(&name)));
        }
        let versions = self.versions(ask)?;
        let chosen = versions.iter().find(|v| wanted.contains(&v.name));
        let champion = versions.iter().find(|v| v.aliases.iter().any(|a| a == "champion"));
        Ok(chosen.or(champion).or(versions.first()).cloned())
    }

    /// The training runs of its experiments.
    ///
    /// # Errors
    /// As [`Ask::frame`].
    pub(crate) fn runs(&self, ask: &mut Ask<'_>) -> Result<Arc<Frame>, Stop> {
        let experiments = self.identity.experiments.clone();
        ask.frame(Query::Runs(RunsQuery { source: self.source_id()?, experiments, limit: MAX_RUNS }))
    }

    /// A JSON artifact of a run, if the run has it.
    ///
    /// # Errors
    /// Only [`Stop::Pending`].
    pub(crate) fn artifact(
        &self,
        ask: &mut Ask<'_>,
        run_id: &str,
        path: &str,
        shape: ArtifactShape,
    ) -> Result<Option<Arc<Frame>>, Stop> {
        let (source, run_id, path) = (self.source_id()?, run_id.to_owned(), path.to_owned());
        match ask.frame(Query::Artifact(ArtifactQuery { source, run_id, path, shape })) {
            Ok(frame) => Ok(Some(frame)),
            Err(Stop::Failed(failure)) if failure.cause == crate::source::Cause::NotFound => Ok(None),
            Err(stop) => Err(stop),
        }
    }

    /// Its logged predictions within a range, under the filters of the context's side (version, region, segment, ...).
    ///
    /// `version` narrows to one version whatever the filters say. `None` if the workspace names no predictions for the model.
    /// Under a comparison with the rest a table without that column is not narrowed, and a remark says so.
    ///
    /// # Errors
    /// As [`Ask::frame`]; [`Stop::Empty`] for the other side of a comparison that the table cannot tell apart.
    pub(crate) fn predictions(
        &self,
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        range: TimeRange,
        version: Option<&str>,
    ) -> Result<Option<Arc<Frame>>, Stop> {
        let (Some(table), Some(source)) = (self.identity.predictions.clone(), self.source) else { return Ok(None) };
        let source = &source.id;
        let (mut matchers, unreached) = context.matchers(source, None);
        let label = |dimension: &str| context.label_of(source, dimension);
        matchers.retain(|m| Some(&m.label) != label("model").as_ref());
        if let (Some(version), Some(label)) = (version, label("version")) {
            matchers.retain(|m| m.label != label);
            matchers.push(Matcher::any_of(label, [version]));
        }
        let query = |matchers| {
            Query::Rows(RowsQuery {
                source: source.clone(),
                table: table.clone(),
                time: Some("time".to_owned()),
                range,
                columns: Vec::new(),
                matchers,
                limit: MAX_ROWS,
            })
        };
        let Some(rest) = context.rest() else { return ask.frame(query(matchers)).map(Some) };
        let is_own = context.side == Side::Own;
        let not_compared =
            format!("the predictions are not compared by {}: their table does not carry it", rest.dimension);
        if unreached.iter().any(|dimension| dimension == rest.dimension) {
            ask.remark(not_compared);
            return if is_own { ask.frame(query(matchers)).map(Some) } else { Err(Stop::empty("not told apart")) };
        }
        let column = label(rest.dimension).unwrap_or_default();
        let frame = ask.frame(query(matchers.clone()))?;
        let lacks = |frame: &Frame| frame.table().is_some_and(|t| t.n_rows() > 0 && t.column(&column).is_none());
        if lacks(&frame) {
            return Err(Stop::empty("not told apart"));
        }
        if is_own && frame.table().is_none_or(|t| t.n_rows() == 0) {
            // No such row: because there is none, or because the table lacks the column.
            matchers.retain(|m| m.label != column);
            let whole = ask.frame(query(matchers))?;
            if lacks(&whole) {
                ask.remark(not_compared);
                return Ok(Some(whole));
            }
        }
        Ok(Some(frame))
    }
}

impl Version {
    /// A version of which only the name is known.
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), run_id: String::new(), aliases: Vec::new(), created_ms: f64::NAN, owner: None }
    }
}

fn version(table: &Table, row: usize) -> Version {
    let text = |name: &str| table.text(name, row).unwrap_or_default();
    Version {
        name: text("version"),
        run_id: text("run_id"),
        aliases: text("aliases").split(',').map(str::trim).filter(|a| !a.is_empty()).map(str::to_owned).collect(),
        created_ms: table.number("created", row),
        owner: table.text("tags.owner", row).or_else(|| table.text("model_tags.owner", row)).filter(|o| !o.is_empty()),
    }
}
