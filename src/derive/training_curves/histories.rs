//! The histories behind the curves: sampled by the server at first, then every logged step.

use std::collections::HashMap;
use std::sync::Arc;

use super::curve::Curve;
use crate::derive::shared::sweep::Sweep;
use crate::derive::shared::tracking;
use crate::derive::{Ask, Context, Stop};
use crate::frame::Frame;
use crate::query::{HistoryQuery, Query};

/// The training metric that belongs to a validation metric.
pub(super) fn training_key(key: &str, metrics: &[String]) -> Option<String> {
    let rest =
        ["validation_", "valid_", "val_", "eval_", "test_"].iter().find_map(|prefix| key.strip_prefix(prefix))?;
    let names = [format!("train_{rest}"), format!("training_{rest}"), rest.to_owned()];
    names.into_iter().find(|name| metrics.contains(name))
}

/// Curves of the sweep's runs by run id.
pub(super) fn histories(
    ask: &mut Ask<'_>,
    sweep: &Sweep<'_>,
    runs: &[usize],
    key: &str,
) -> Result<HashMap<String, Curve>, Stop> {
    histories_of(ask, sweep, runs.iter().map(|&run| sweep.id(run)).collect(), key)
}

/// Curves by run id: sampled at first, then in full.
pub(super) fn histories_of(
    ask: &mut Ask<'_>,
    sweep: &Sweep<'_>,
    mut runs: Vec<String>,
    key: &str,
) -> Result<HashMap<String, Curve>, Stop> {
    runs.sort();
    runs.dedup();
    let source = sweep.tracked.source_id()?;
    let query = |full: bool| {
        Query::History(HistoryQuery { source: source.clone(), runs: runs.clone(), key: key.to_owned(), full })
    };
    let (frame, _): (Arc<Frame>, bool) = ask.refined(query(false), query(true))?;
    let curves = frame.series().iter().filter_map(|s| Some((s.labels.get("run_id")?.to_owned(), Curve::of(s))));
    Ok(curves.collect())
}

/// The run of the compared model or version, where the selection compares with one.
pub(super) fn baseline_run(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    sweep: &Sweep<'_>,
) -> Result<Option<(String, String)>, Stop> {
    let Some((model, version)) = context.reference_model() else { return Ok(None) };
    let Some(tracked) = tracking::track(context, model) else { return Ok(None) };
    if tracked.source_id() != sweep.tracked.source_id() {
        ask.remark(format!("{} is tracked elsewhere: its curves are not compared", tracked.title()));
        return Ok(None);
    }
    let versions = match tracked.versions(ask) {
        Ok(versions) => versions,
        Err(Stop::Pending) => return Err(Stop::Pending),
        Err(stop) => {
            ask.excuse(stop);
            Vec::new()
        }
    };
    let champion = || versions.iter().find(|v| v.aliases.iter().any(|a| a == "champion"));
    let found = match version {
        Some(name) => versions.iter().find(|v| v.name == name),
        None => champion().or(versions.first()),
    };
    Ok(found.map(|v| (format!("{} v{}", tracked.title(), v.name), v.run_id.clone())))
}
