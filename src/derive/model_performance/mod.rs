//! Model performance: the headline scores, the curves under one threshold, and the table by class.
//!
//! The first chosen model is shown in full, the others as rows of a table. Scores are computed from labelled predictions of the range;
//! where there are none, from counters by actual and predicted class; else from the evaluation of the run behind the version, and
//! the panel says so.

mod cards;
mod classes;
mod counted;
mod curves;
pub(super) mod figures;
mod logged;
mod others;
mod regression;
mod scored;
pub(super) mod side;
#[cfg(test)]
mod tests;

use super::shared::chosen::{self, Chosen};
use super::shared::evaluated::{Basis, Evaluated};
use super::shared::figures::say_change;
use super::shared::labelled::Labelled;
use super::shared::{rollouts, tally};
use super::{Ask, Context, Stop};
use crate::spec::Task;
use crate::view::{Figure, Summary, View};

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let mut models = chosen::served(context)?.into_iter();
    let Some(first) = models.next() else { return Err(Stop::empty("no model is chosen")) };
    let shown = chosen::choose(context, ask, first);
    let others = others::table(context, ask, models.collect());
    let shown = shown?;
    let mut view = if shown.tracked.model.task == Task::Regression {
        regression::derive(context, ask, &shown)?
    } else {
        classifier(context, ask, &shown)?
    };
    view.blocks.extend(others?);
    Ok(view)
}

fn classifier<'a>(context: &Context<'a>, ask: &mut Ask<'_>, shown: &Chosen<'a>) -> Result<View, Stop> {
    let live = shown.tracked.live(context, ask, context.range, shown.version.as_ref());
    let versus = chosen::versus(context, ask, shown);
    let events = if context.details { rollouts::events(context, ask) } else { Ok(Vec::new()) };
    let rows = live?.and_then(|frame| Labelled::read(&frame, shown.tracked.model));
    let evaluated = match rows {
        Some(labelled) => Some(Evaluated { labelled, basis: Basis::Live, is_matrix_only: false }),
        None => {
            if let Some(tally) = tally::over(context, ask, shown)? {
                return counted::view(context, ask, shown, &tally, versus?.as_ref(), events);
            }
            shown.tracked.labelled(context, ask, context.range, shown.version.as_ref())?
        }
    };
    let evaluated = evaluated.ok_or_else(|| nothing(shown))?;
    scored::view(context, ask, shown, &evaluated, versus?.as_ref(), events)
}

fn nothing(shown: &Chosen<'_>) -> Stop {
    let id = &shown.tracked.model.id;
    let counter = "\"metrics\": [\n  { \"id\": \"confusion-counts\", \"query\": { \"type\": \"counter\", \"source\": \"prom\", \"metric\": \"predictions_total\" } }\n]";
    let Some(source) = shown.tracked.source else {
        return Stop::missing(
            format!(
                "no counter of predictions by actual and predicted class has counted {} in this time range",
                shown.title()
            ),
            counter,
        );
    };
    if shown.tracked.identity.predictions.is_none() && shown.tracked.identity.experiments.is_empty() {
        return Stop::missing(
            format!("the workspace names neither predictions nor training runs of {}", shown.tracked.title()),
            format!(
                "{{ \"id\": \"{id}\", \"identity\": {{ \"{}\": {{ \"experiments\": [\"{id}\"], \"predictions\": \"{id}-predictions\" }} }} }}",
                source.id
            ),
        );
    }
    Stop::empty(format!(
        "no labelled predictions of {} in this time range, and its run logged no evaluation",
        shown.title()
    ))
}

/// Steps of the accuracy over time: hours, or days over more than three of them, in milliseconds.
fn step_ms(context: &Context<'_>) -> i64 {
    const HOUR_MS: i64 = 3_600_000;
    if context.range.width_ms() <= 72 * HOUR_MS { HOUR_MS } else { 24 * HOUR_MS }
}

/// The accuracy and its change; `whose` ends the first part, such as " in the evaluation of run r1".
fn summary(shown: &Chosen<'_>, figures: &[Figure], whose: &str) -> Summary {
    let Some((accuracy, value)) = figures.first().and_then(|f| Some((f, f.value?))) else {
        return Summary::text(format!("{} has no decided predictions", shown.title()));
    };
    let mut sentence = Summary::text(format!("{} is right on ", shown.title()))
        .value(value, &accuracy.unit)
        .then(" of ")
        .value(accuracy.n.unwrap_or(f64::NAN), &crate::units::Unit::from("short"))
        .then(format!(" predictions{whose}"));
    if let Some((auc, value)) = figures.iter().find(|f| f.metric == "roc-auc").and_then(|f| Some((f, f.value?))) {
        sentence = sentence.then(", ROC-AUC ").value(value, &auc.unit);
    }
    say_change(sentence, accuracy)
}
