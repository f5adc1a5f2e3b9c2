//! Which model and version a panel shows, and which it compares with.

use super::tracking::{Tracked, Version, no_tracking, track, tracked};
use crate::derive::{Ask, Context, Stop};
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
    if context.workspace.models.is_empty() {
        return Err(Stop::missing(
            "the workspace names no model",
            "\"models\": [\n  { \"id\": \"churn\", \"task\": \"binary\", \"identity\": { \"mlflow\": { \"predictions\": \"churn-predictions\" } } }\n]",
        ));
    }
    if context.models().is_empty() {
        return Err(Stop::empty("the model filter leaves no model"));
    }
    let found = tracked(context);
    if found.is_empty() { Err(no_tracking()) } else { Ok(found) }
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
    let Some(tracked) = track(context, model) else { return Ok(None) };
    let versions = tracked.versions(ask)?;
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
