//! Deployment status: which version serves where, in which state, with how many replicas and what share of the traffic.

mod rows;
mod served;
mod timeline;

use std::collections::BTreeMap;

use super::shared::{block, figures, lines, teach_metric, tracking};
use super::{Ask, Context, Other, ReferenceKind, Stop};
use crate::frame::Labels;
use crate::units::{Direction, Unit};
use crate::view::{BlockBody, Cell, Grid, GridColumn, Summary, Tone, View};
use rows::{Deployment, Key};
use served::{Asked, Served};

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let traffic_metric = context.metric("traffic-share");
    let own = Asked::new(context, ask);
    let other = context.other().map(|other| (Asked::new(&other.context, ask), other));
    let tracked = tracking::tracked(context);
    let registry: Vec<_> = tracked.iter().map(|t| (t.model.id.clone(), t.versions(ask))).collect();
    if own.is_nothing() && registry.is_empty() {
        return Err(Stop::missing(
            "this panel joins the registry's versions with serving metrics, and the workspace names neither",
            teach_metric(
                "replicas-desired",
                "{ \"type\": \"gauge\", \"source\": \"prom\", \"metric\": \"kube_deployment_spec_replicas\" }",
            ),
        ));
    }
    let own = own.spare(ask)?;
    let other = match other {
        Some((asked, other)) => Some((other, asked.spare(ask)?)),
        None => None,
    };
    let mut known = BTreeMap::new();
    for (model, versions) in registry {
        match versions {
            Ok(versions) => {
                for version in versions {
                    known.insert((model.clone(), version.name.clone()), version);
                }
            }
            Err(Stop::Pending) => return Err(Stop::Pending),
            Err(stop) => {
                ask.remark("the model registry did not answer: versions have no aliases");
                ask.excuse(stop);
            }
        }
    }
    let mut rows = own.rows(context.range);
    for ((model, version), entry) in &known {
        let is_served = rows.keys().any(|key: &Key| key.model == *model && key.version == *version);
        if !is_served && !entry.aliases.is_empty() {
            let key = Key { model: model.clone(), version: version.clone(), environment: String::new() };
            rows.insert(key, Deployment::default());
        }
    }
    if rows.is_empty() {
        let empty = || Stop::empty("no deployment was seen in this time range");
        return Err(ask.first_failure().cloned().map_or_else(empty, Stop::Failed));
    }
    for (key, row) in &mut rows {
        if let Some(version) = known.get(&(key.model.clone(), key.version.clone())) {
            row.aliases = version.aliases.clone();
            row.owner = version.owner.clone();
        }
    }
    let mut blocks = vec![block("versions", "", BlockBody::Grid(table(context, &rows, other.as_ref())))];
    if let (Some(frame), Some(metric)) = (&own.traffic, traffic_metric) {
        blocks.extend(timeline::timelines(context, frame, &metric.id, other.as_ref()));
    }
    let n_trouble = rows.values().filter(|row| row.is_in_trouble()).count();
    let mut trouble = figures::named("deployments-in-trouble", "Not fully ready", "short", Direction::Lower);
    trouble.value = Some(n_trouble as f64);
    trouble.n = Some(rows.len() as f64);
    trouble.method = Some("counted, not estimated: no interval".to_owned());
    if let Some((other, served)) = other.as_ref().filter(|(_, served)| !served.is_nothing()) {
        let n = served.rows(other.context.range).values().filter(|row| row.is_in_trouble()).count();
        figures::compare(&mut trouble, n as f64, None, other.title);
    }
    Ok(View {
        summary: summary(context, &rows, n_trouble),
        figures: if context.details { vec![trouble] } else { Vec::new() },
        blocks,
        n: Some((rows.len() as f64, "deployments".to_owned())),
        as_of_ms: own.last_ms(),
        ..View::default()
    })
}

fn table(context: &Context<'_>, rows: &BTreeMap<Key, Deployment>, other: Option<&(Other<'_>, Served)>) -> Grid {
    let column = |title: &str, metric: Option<&str>, unit: &str| GridColumn {
        title: title.to_owned(),
        metric: metric.map(str::to_owned),
        unit: Unit::from(unit),
    };
    let theirs = other.map(|(other, served)| (other, served.rows(other.context.range)));
    let cells = |(key, row): (&Key, &Deployment)| {
        let (tone, word) = row.state();
        let number = |value: Option<f64>| value.map_or(Cell::Missing, Cell::Number);
        let text = |value: &str| if value.is_empty() { Cell::Missing } else { Cell::Text(value.to_owned()) };
        let mut cells = vec![
            Cell::Text(heading(context, key)),
            text(&row.aliases.join(", ")),
            Cell::Status(tone, word.to_owned()),
            number(row.ready),
            number(row.desired),
            row.share.map_or(Cell::Missing, |share| Cell::Share(share, share)),
            match (row.since_ms, row.is_older) {
                (Some(at), _) => Cell::Time(at),
                (None, true) => Cell::Text("before this range".to_owned()),
                (None, false) => Cell::Missing,
            },
            text(row.owner.as_deref().unwrap_or_default()),
            text(&key.environment),
            text(&row.regions.join(", ")),
        ];
        if let Some((other, theirs)) = &theirs {
            let reference = against(other, theirs, key);
            let change = |of: fn(&Deployment) -> Option<f64>| {
                number(of(row).zip(reference.and_then(of)).map(|(own, reference)| own - reference))
            };
            cells.extend([change(|d| d.ready), change(|d| d.share)]);
        }
        cells
    };
    let mut columns = vec![
        column("Version", None, "none"),
        column("Alias", None, "none"),
        column("State", None, "none"),
        column("Ready", Some("replicas-ready"), "short"),
        column("Desired", Some("replicas-desired"), "short"),
        column("Traffic", Some("traffic-share"), "percentunit"),
        column("Since", None, "none"),
        column("Owner", None, "none"),
        column("Environment", None, "none"),
        column("Region", None, "none"),
    ];
    if let Some((other, _)) = other {
        let name = |what: &str| format!("{what}, change against {}", other.title);
        columns.push(column(&name("Ready"), Some("replicas-ready-change"), "short"));
        columns.push(column(&name("Traffic"), Some("traffic-share-change"), "percentunit"));
    }
    Grid {
        columns,
        rows: rows.iter().map(cells).collect(),
        row_keys: rows.keys().map(|key| key.version.clone()).collect(),
        row_target: Some("version".to_owned()),
        ..Grid::default()
    }
}

/// The deployment that stands against one: the same; of another model the one that serves the same people with most replicas.
fn against<'a>(other: &Other<'_>, theirs: &'a BTreeMap<Key, Deployment>, own: &Key) -> Option<&'a Deployment> {
    if !matches!(other.kind, ReferenceKind::Model { .. }) {
        return theirs.get(own);
    }
    let alike = theirs.iter().filter(|(key, _)| key.environment == own.environment);
    alike.map(|(_, row)| row).max_by(|a, b| a.ready.unwrap_or(0.0).total_cmp(&b.ready.unwrap_or(0.0)))
}

fn labels(key: &Key) -> Labels {
    Labels::new().with("model", &key.model).with("version", &key.version)
}

/// Model and version; the environment too, where it is not the one that serves people.
fn heading(context: &Context<'_>, key: &Key) -> String {
    let title = lines::title(context, &labels(key));
    match key.environment.as_str() {
        "" | "production" => title,
        environment => format!("{title}, {environment}"),
    }
}

fn summary(context: &Context<'_>, rows: &BTreeMap<Key, Deployment>, n_trouble: usize) -> Summary {
    let worst = rows.iter().filter(|(_, r)| r.state().0 != Tone::Unknown).max_by_key(|(_, row)| row.state().0);
    let short = Unit::from("short");
    let replicas = |said: Summary, row: &Deployment| match (row.ready, row.desired) {
        (Some(ready), Some(desired)) => {
            said.then(", ").value(ready, &short).then(" of ").value(desired, &short).then(" replicas ready")
        }
        _ => said,
    };
    match worst {
        Some((key, row)) if n_trouble > 0 => {
            let verb = if n_trouble == 1 { "needs" } else { "need" };
            let title = lines::title(context, &labels(key));
            let said = format!("{n_trouble} of {} deployments {verb} a look: {title}, {}", rows.len(), row.state().1);
            replicas(Summary::text(said), row)
        }
        _ => {
            let sum = |of: fn(&Deployment) -> Option<f64>| {
                let known: Vec<f64> = rows.values().filter_map(of).collect();
                (!known.is_empty()).then(|| known.iter().sum())
            };
            let all = Deployment { ready: sum(|r| r.ready), desired: sum(|r| r.desired), ..Deployment::default() };
            replicas(Summary::text(format!("{} deployments, none in trouble", rows.len())), &all)
        }
    }
}
