//! Feature importance: the top features of a version with their spread, beside another version, and the contributions row by row.
//!
//! Reads what the version's run logged: `eval/feature_importance.json` (permutation) or `eval/feature_importance_gain.json`.
//! Settings read: `method`, `top`, `feature`.

mod contributions;
mod ranking;
#[cfg(test)]
mod tests;

use self::ranking::Ranking;
use super::shared::chosen::{self, Chosen};
use super::shared::evaluated::{RunName, remark_not_followed};
use super::shared::tracking::Version;
use super::shared::{block, figures, lines};
use super::{Ask, Context, Stop};
use crate::units::{Direction, Unit};
use crate::view::{
    AxisSpec, Bar, BarMark, Bars, Block, BlockBody, Cell, Control, Figure, Grid, GridColumn, Summary, View,
};

const TOP: usize = 10;
/// The overview shows at most this many, so that the panel keeps its height.
const MAX_TOP: usize = 100;

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let mut models = chosen::models(context)?.into_iter();
    let Some(first) = models.next() else { return Err(Stop::empty("no model is chosen")) };
    let rest: Vec<_> = models.collect();
    let shown = chosen::choose(context, ask, first)?;
    let found = logged(context, ask, &shown);
    let compared = compared(context, ask, &shown);
    let others: Vec<Result<Option<Block>, Stop>> = if context.details {
        rest.into_iter().map(|tracked| other_model(context, ask, tracked)).collect()
    } else {
        Vec::new()
    };
    let Some((run, ranking)) = found? else {
        return Err(Stop::empty(format!(
            "the run of {} logged no feature importance (eval/feature_importance.json)",
            shown.title()
        )));
    };
    let compared = compared?;
    remark(context, ask, &run, &ranking);
    if let Some((title, _)) = compared.first().filter(|(_, other)| other.method != ranking.method) {
        ask.remark(format!("{title} was measured by another method: its values are not comparable"));
    }
    let top = top(context);
    let mut blocks = vec![bars(&shown, &ranking, compared.first(), top)];
    if context.details {
        blocks.extend((compared.len() > 1).then(|| grid(&shown, &ranking, &compared)));
        blocks.extend(contributions::blocks(context, ask, &shown, &run, &ranking, top)?);
        for other in others {
            match other {
                Ok(block) => blocks.extend(block),
                Err(Stop::Pending) => return Err(Stop::Pending),
                Err(stop) => {
                    ask.remark("the importance of another chosen model was not read");
                    ask.excuse(stop);
                }
            }
        }
    }
    Ok(View {
        summary: summary(&shown, &ranking),
        figures: figures_of(&shown, &ranking, compared.first()),
        blocks,
        n: Some((ranking.features.len() as f64, "features".to_owned())),
        as_of_ms: Some(run.ended_ms).filter(|at| at.is_finite()),
        controls: controls(&ranking, top),
        ..View::default()
    })
}

fn controls(ranking: &Ranking, top: usize) -> Vec<Control> {
    let method = if ranking.method == "gain" { "gain" } else { "permutation" };
    let methods = [("permutation", "Permutation"), ("gain", "Gain")];
    let mut sizes = vec![5, 10, 20, 50, MAX_TOP, top];
    sizes.sort_unstable();
    sizes.dedup();
    let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
    let sizes: Vec<(&str, &str)> = sizes.iter().map(|size| (size.as_str(), size.as_str())).collect();
    vec![
        Control::choice("method", "Method", &methods, method).in_details(),
        Control::choice("top", "Features shown", &sizes, &top.to_string()).in_details(),
    ]
}

/// Features shown, by the setting or option `top`.
fn top(context: &Context<'_>) -> usize {
    let setting = context.setting("top").and_then(|top| top.parse::<f64>().ok());
    let option = setting.or_else(|| context.number("top")).filter(|top| *top >= 1.0);
    option.map_or(TOP, |top| (top as usize).min(MAX_TOP))
}

/// The ranking that the version's run logged, by the setting or option `method`: `permutation` (default) or `gain`.
fn logged(context: &Context<'_>, ask: &mut Ask<'_>, shown: &Chosen<'_>) -> Result<Option<(RunName, Ranking)>, Stop> {
    let Some(run) = shown.tracked.run_of(ask, shown.version.as_ref())? else { return Ok(None) };
    let option = context.panel.options.get("method").and_then(serde_json::Value::as_str);
    let wants_gain = context.setting("method").or(option) == Some("gain");
    let (permutation, gain) = ("eval/feature_importance.json", "eval/feature_importance_gain.json");
    for path in if wants_gain { [gain, permutation] } else { [permutation, gain] } {
        if let Some(ranking) = ranking::read(ask, &shown.tracked, &run, path)? {
            return Ok(Some((run, ranking)));
        }
    }
    Ok(None)
}

/// What is shown side by side: the compared model first, then the other chosen versions of the model.
fn compared(context: &Context<'_>, ask: &mut Ask<'_>, shown: &Chosen<'_>) -> Result<Vec<(String, Ranking)>, Stop> {
    let mut chosen: Vec<Chosen<'_>> = chosen::baseline(context, ask, shown)?.into_iter().collect();
    let wanted = context.selection.filters.get("version").map(|f| f.include.clone()).unwrap_or_default();
    if wanted.len() > 1 {
        let own = shown.version.as_ref().map(|v| v.name.as_str());
        let is_other = |version: &Version| wanted.contains(&version.name) && Some(version.name.as_str()) != own;
        let versions = shown.tracked.versions(ask)?;
        let others = versions.into_iter().filter(is_other);
        chosen.extend(others.map(|version| Chosen { tracked: shown.tracked.clone(), version: Some(version) }));
    }
    let asked: Vec<_> = chosen.iter().map(|other| (other.title(), logged(context, ask, other))).collect();
    let mut found = Vec::new();
    for (title, ranking) in asked {
        match ranking? {
            Some((_, ranking)) => found.push((title, ranking)),
            None => ask.remark(format!("{title} logged no feature importance to compare with")),
        }
    }
    Ok(found)
}

fn other_model<'a>(
    context: &Context<'a>,
    ask: &mut Ask<'_>,
    tracked: super::shared::tracking::Tracked<'a>,
) -> Result<Option<Block>, Stop> {
    let version = tracked.chosen_version(context, ask)?;
    let other = Chosen { tracked, version };
    let found = logged(context, ask, &other)?;
    Ok(found.map(|(_, ranking)| {
        let mut block = bars(&other, &ranking, None, TOP.min(5)).of_width(6).in_details();
        block.id = format!("importance-{}", other.tracked.model.id);
        block.title = format!("{}, {}", other.title(), ranking.method_words());
        block
    }))
}

/// Bars with whiskers of one standard deviation; dumbbells where something is compared.
fn bars(shown: &Chosen<'_>, ranking: &Ranking, compared: Option<&(String, Ranking)>, top: usize) -> Block {
    let entity = lines::entity(&shown.labels());
    let bar = |(rank, feature): (usize, &ranking::Feature)| {
        let theirs = compared.and_then(|(_, other)| other.find(&feature.name));
        let note = match (compared, theirs) {
            (None, _) => String::new(),
            (Some(_), None) => "new".to_owned(),
            (Some(_), Some((before, _))) => rank_change(rank, before),
        };
        Bar {
            title: feature.name.clone(),
            key: feature.name.clone(),
            series: shown.labels().with("feature", feature.name.clone()),
            entity: entity.clone(),
            value: feature.mean,
            low: feature.mean - feature.spread,
            high: feature.mean + feature.spread,
            reference: theirs.map_or(f64::NAN, |(_, feature)| feature.mean),
            note,
        }
    };
    let body = Bars {
        metric: "importance".to_owned(),
        axis: AxisSpec { unit: Unit::from("none"), ..AxisSpec::default() },
        bars: ranking.features.iter().enumerate().take(top).map(bar).collect(),
        target: Some("feature".to_owned()),
        mark: if compared.is_some() { BarMark::Dot } else { BarMark::Bar },
        ..Bars::default()
    };
    let n = body.bars.len();
    let of = if n < ranking.features.len() { format!("Top {n} by ") } else { "By ".to_owned() };
    let against = compared.map_or_else(String::new, |(title, _)| format!(", hollow marks {title}"));
    block("importance", &format!("{of}{}{against}", ranking.method_words()), BlockBody::Bars(body))
}

/// How far a feature rose or fell in rank; empty if it stayed. Ranks count from 0.
fn rank_change(rank: usize, before: usize) -> String {
    match rank.cmp(&before) {
        std::cmp::Ordering::Less => format!("▲ {}", before - rank),
        std::cmp::Ordering::Greater => format!("▼ {}", rank - before),
        std::cmp::Ordering::Equal => String::new(),
    }
}

/// Every feature over all compared versions, with its rank in each.
fn grid(shown: &Chosen<'_>, ranking: &Ranking, compared: &[(String, Ranking)]) -> Block {
    let column = |title: &str, metric: Option<&str>| GridColumn {
        title: title.to_owned(),
        metric: metric.map(str::to_owned),
        unit: Unit::from("none"),
    };
    let mut columns = vec![column("Feature", None), column(&shown.title(), Some("importance"))];
    columns.extend(compared.iter().map(|(title, _)| column(title, Some("importance"))));
    let number = |value: f64| if value.is_finite() { Cell::Number(value) } else { Cell::Missing };
    let row = |feature: &ranking::Feature| {
        let theirs =
            compared.iter().map(|(_, other)| other.find(&feature.name).map_or(Cell::Missing, |f| number(f.1.mean)));
        [Cell::Text(feature.name.clone()), number(feature.mean)].into_iter().chain(theirs).collect()
    };
    let body = Grid {
        columns,
        rows: ranking.features.iter().map(row).collect(),
        row_keys: ranking.features.iter().map(|f| f.name.clone()).collect(),
        row_target: Some("feature".to_owned()),
        ..Grid::default()
    };
    block("versions", "By version", BlockBody::Grid(body)).in_details()
}

fn figures_of(shown: &Chosen<'_>, ranking: &Ranking, compared: Option<&(String, Ranking)>) -> Vec<Figure> {
    let mut found = Vec::new();
    if let Some(feature) = ranking.features.first().filter(|f| f.mean.is_finite()) {
        let title = format!("Most important: {}", feature.name);
        let mut figure = figures::named("importance", &title, "none", Direction::Neutral);
        figure.series = shown.labels().with("feature", feature.name.clone());
        figure.value = Some(feature.mean);
        figure.n = Some(ranking.features.len() as f64);
        figure.method = Some(if feature.spread.is_finite() {
            format!("no interval: the run logged a spread of {:.3} (one standard deviation)", feature.spread)
        } else {
            "no interval: the run logged no spread".to_owned()
        });
        if let Some((title, other)) = compared
            && let Some((_, theirs)) = other.find(&feature.name)
        {
            figures::compare(&mut figure, theirs.mean, None, title);
        }
        found.push(figure);
    }
    if let Some((title, other)) = compared
        && let Some((correlation, n)) = ranking.agreement(other)
    {
        let mut figure =
            figures::named("rank-agreement", &format!("Rank agreement with {title}"), "none", Direction::Neutral);
        figure.series = shown.labels();
        figure.value = Some(correlation);
        figure.n = Some(n as f64);
        figure.method = Some(
            "Spearman's rank correlation over shared features; no interval, since features are no sample".to_owned(),
        );
        found.push(figure);
    }
    found
}

fn remark(context: &Context<'_>, ask: &mut Ask<'_>, run: &RunName, ranking: &Ranking) {
    ask.remark(format!("{}, as of run {}", ranking.method_words(), run.name));
    if ranking.features.iter().any(|f| f.spread.is_finite()) {
        ask.remark("whiskers are one standard deviation over the repeats");
    }
    remark_not_followed(context, ask, "importance is logged once for a run");
    if context.reference_range().is_some() {
        ask.remark("importance is logged once for a run: the compared period does not apply");
    }
}

fn summary(shown: &Chosen<'_>, ranking: &Ranking) -> Summary {
    let names: Vec<&str> = ranking.features.iter().take(3).map(|f| f.name.as_str()).collect();
    let verb = if names.len() == 1 { "relies most on" } else { "relies most on, in order," };
    Summary::text(format!("{} {verb} {}", shown.title(), names.join(", ")))
        .then(format!(" ({})", ranking.method_words()))
}
