//! Risks that nobody wrote down: what the measurements show by themselves.

use super::fairness::Fairness;
use crate::derive::drift::share;
use crate::derive::portfolio::misses::{self, brief};
use crate::derive::portfolio::quality;
use crate::derive::shared::chosen;
use crate::derive::shared::tracking::Tracked;
use crate::derive::{Ask, Context, Stop};
use crate::order::Order;
use crate::spec::PanelKind;
use crate::view::Tone;

/// One measured risk.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    /// Model id.
    pub(super) model: String,
    /// Shown name of the model.
    pub(super) model_title: String,
    /// What was measured.
    pub(super) text: String,
    pub(super) tone: Tone,
    pub(super) word: &'static str,
    /// The panel that explains it.
    pub(super) evidence: PanelKind,
}

/// Models that are clearly less often right, features that drifted, and clear differences between groups, the gravest first.
///
/// They are looked for behind the picture: the register is shown without them.
pub(super) fn all(context: &Context<'_>, ask: &mut Ask<'_>, fairness: &[Fairness]) -> Vec<Measured> {
    let models = chosen::served(context).unwrap_or_default();
    let mut found: Vec<Measured> = models.iter().filter_map(|tracked| degraded(context, ask, tracked)).collect();
    found.extend(models.iter().filter_map(|tracked| drifted(context, ask, tracked)));
    found.extend(fairness.iter().filter_map(Fairness::as_risk));
    found.order_by(|a, b| b.tone.cmp(&a.tone));
    found
}

fn degraded<'a>(context: &Context<'a>, ask: &mut Ask<'_>, tracked: &Tracked<'a>) -> Option<Measured> {
    if let Some(Ok(Some(misses))) = ask.refine(|ask| misses::of(context, ask, tracked))
        && let (Some(change), Some(against), true) = (misses.change(), misses.against(), misses.is_degraded())
    {
        let text = format!(
            "{} is off by {} ({} to {}) more than in {against}",
            tracked.title(),
            brief(change.estimate),
            brief(change.interval.low),
            brief(change.interval.high)
        );
        return Some(of(tracked, text, Tone::Bad, "further off", PanelKind::ModelPerformance));
    }
    let quality = ask.refine(|ask| quality::of(context, ask, tracked))?.ok()?;
    let (change, interval) = quality.change().filter(|_| quality.is_degraded())?;
    let (against, _) = quality.against.as_ref()?;
    let points = |share: f64| format!("{:.1}", -share * 100.0);
    let text = format!(
        "accuracy of {} is {} points ({} to {}) below {against}",
        tracked.title(),
        points(change),
        points(interval.high),
        points(interval.low)
    );
    Some(of(tracked, text, Tone::Bad, "less often right", PanelKind::ModelPerformance))
}

fn drifted(context: &Context<'_>, ask: &mut Ask<'_>, tracked: &Tracked<'_>) -> Option<Measured> {
    let share = match ask.refine(|ask| share::of(context, ask, tracked))? {
        Ok(share) => share?,
        Err(Stop::Empty { .. }) => return None,
        Err(stop) => {
            ask.excuse(stop);
            return None;
        }
    };
    let first = share.drifted.first();
    let what = match (first, share.is_output_drifted) {
        (Some(first), _) => {
            format!("{} of {} features, first {first}", share.drifted.len(), share.n_features)
        }
        (None, true) => "what it gives out".to_owned(),
        (None, false) => return None,
    };
    let text = format!("{} drifted against {}: {what}", tracked.title(), share.reference);
    Some(of(tracked, text, Tone::Warning, "drifted", PanelKind::Drift))
}

fn of(tracked: &Tracked<'_>, text: String, tone: Tone, word: &'static str, evidence: PanelKind) -> Measured {
    Measured { model: tracked.model.id.clone(), model_title: tracked.title(), text, tone, word, evidence }
}
