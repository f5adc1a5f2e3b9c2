//! Which model and version a panel shows, and which it compares with.

use super::tracking::{Tracked, Version, no_tracking, track_or_not, tracked};
use crate::derive::{Ask, Context, Other, ReferenceKind, Stop};
use crate::frame::Labels;

/// A model's version.
#[derive(Clone, Debug)]
pub(crate) struct Chosen<'a> {
    /// The model.
    pub(crate) tracked: Tracked<'a>,
    /// The version; `None` where none is registered.
    pub(crate) version: Option<Version>,
}

impl Chosen<'_> {
    /// Labels `model` and `version`.
    pub(crate) fn labels(&self) -> Labels {
        let labels = Labels::new().with("model", self.tracked.model.id.clone());
        match &self.version {
            Some(version) => labels.with("version", version.name.clone()),
            None => labels,
        }
    }

    /// Shown name, such as "Digits v2".
    pub(crate) fn title(&self) -> String {
        match &self.version {
            Some(version) => format!("{} v{}", self.tracked.title(), version.name),
            None => self.tracked.title(),
        }
    }
}

/// The chosen models with their tracking source, at least one.
///
/// # Errors
/// When the filter leaves no model, the workspace has none, or nothing tracks them.
pub(crate) fn models<'a>(context: &Context<'a>) -> Result<Vec<Tracked<'a>>, Stop> {
    some_model(context)?;
    let found = tracked(context);
    if found.is_empty() { Err(no_tracking()) } else { Ok(found) }
}

/// The chosen models, tracked or not: for panels that counters can feed.
///
/// # Errors
/// As [`models`], but for those that nothing tracks.
pub(crate) fn served<'a>(context: &Context<'a>) -> Result<Vec<Tracked<'a>>, Stop> {
    some_model(context)?;
    Ok(context.models().into_iter().map(|model| track_or_not(context, model)).collect())
}

fn some_model(context: &Context<'_>) -> Result<(), Stop> {
    if context.workspace.models.is_empty() {
        return Err(Stop::missing(
            "the workspace names no model",
            "\"models\": [\n  { \"id\": \"churn\", \"task\": \"binary\", \"identity\": { \"mlflow\": { \"predictions\": \"churn-predictions\" } } }\n]",
        ));
    }
    if context.models().is_empty() {
        return Err(Stop::empty("the model filter leaves no model"));
    }
    Ok(())
}

/// The version of a model that the selection chooses; remarks where a wanted one is not registered.
///
/// # Errors
/// As [`Ask::frame`].
pub(crate) fn choose<'a>(context: &Context<'a>, ask: &mut Ask<'_>, tracked: Tracked<'a>) -> Result<Chosen<'a>, Stop> {
    let version = tracked.chosen_version(context, ask)?;
    let wanted = context.selection.filters.get("version").map(|f| f.include.as_slice()).unwrap_or_default();
    if let Some(version) = &version
        && !wanted.is_empty()
        && !wanted.contains(&version.name)
    {
        ask.remark(format!("{} has no version {}: showing v{}", tracked.title(), wanted.join(" or "), version.name));
    }
    Ok(Chosen { tracked, version })
}

/// The model and version that the selection compares with: the named version, else the champion, else the newest.
///
/// `None` if it compares with no model, or with the very version that is shown (a remark says so).
///
/// # Errors
/// As [`Ask::frame`].
pub(crate) fn baseline<'a>(
    context: &Context<'a>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
) -> Result<Option<Chosen<'a>>, Stop> {
    let Some((model, wanted)) = context.reference_model() else { return Ok(None) };
    let tracked = track_or_not(context, model);
    let versions = match (tracked.source, wanted) {
        (None, Some(wanted)) => vec![Version::named(wanted)],
        _ => tracked.versions(ask)?,
    };
    let version = match wanted {
        Some(wanted) => versions.iter().find(|v| v.name == wanted),
        None => versions.iter().find(|v| v.aliases.iter().any(|a| a == "champion")).or(versions.first()),
    };
    if let (Some(wanted), None) = (wanted, version) {
        ask.remark(format!("{} has no version {wanted} to compare with", tracked.title()));
        return Ok(None);
    }
    let version = version.cloned();
    let is_same = model.id == shown.tracked.model.id
        && version.as_ref().map(|v| &v.name) == shown.version.as_ref().map(|v| &v.name);
    if is_same {
        ask.remark("compared with itself: choose another version to compare with");
        return Ok(None);
    }
    Ok(Some(Chosen { tracked, version }))
}

/// What a panel compares with, ready to be asked as the own side is.
#[derive(Clone, Debug)]
pub(crate) struct Versus<'a> {
    /// Shown name, such as "previous period" or "Digits v1".
    pub(crate) title: String,
    /// The model and version on that side.
    pub(crate) chosen: Chosen<'a>,
    /// The other side.
    pub(crate) other: Other<'a>,
}

impl Versus<'_> {
    /// Whether another model or version is compared.
    pub(crate) fn is_model(&self) -> bool {
        matches!(self.other.kind, ReferenceKind::Model { .. })
    }

    /// The labels of what is compared; of the rest of a dimension with the value that is left out.
    pub(crate) fn labels(&self) -> Labels {
        match self.other.kind {
            ReferenceKind::Rest { dimension, value } => self.chosen.labels().with(dimension, format!("!{value}")),
            _ => self.chosen.labels(),
        }
    }
}

/// What the selection compares `shown` with: another model or version where it names one, else its first other side.
///
/// # Errors
/// As [`Ask::frame`].
pub(crate) fn versus<'a>(
    context: &Context<'a>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'a>,
) -> Result<Option<Versus<'a>>, Stop> {
    let is_model = |other: &Other<'_>| matches!(other.kind, ReferenceKind::Model { .. });
    if let Some(chosen) = baseline(context, ask, shown)? {
        let other = context.others().find(is_model);
        return Ok(other.map(|other| Versus { title: chosen.title(), chosen, other }));
    }
    let other = context.others().find(|other| !is_model(other));
    Ok(other.map(|other| Versus { title: other.title.to_owned(), chosen: shown.clone(), other }))
}
