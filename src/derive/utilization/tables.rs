//! Models and callers as tables.

use super::asked::Used;
use super::idle::State;
use super::scene::Scene;
use super::traffic::{Stream, share};
use crate::derive::business_impact::conversion::{column, measured, number};
use crate::derive::shared::block;
use crate::derive::shared::links;
use crate::spec::PanelKind;
use crate::view::{Block, BlockBody, Cell, Evidence, Grid, Tone};

impl Scene<'_> {
    /// Every model: requests, share of the eligible, last request, whether it is idle.
    pub(super) fn models_table(&self) -> Block {
        let total = self.now.total();
        let of = |used: &Used, id: &str| used.models.iter().find(|s| s.name == id).map_or(0.0, Stream::total);
        let ids = self.models();
        let row = |id: &String| {
            let requests = of(self.now, id);
            let (asked, could) = self.now.eligible(Some(id));
            let found = share(&asked, &could);
            let state = self.last.map(|last| last.state(id));
            vec![
                Cell::Text(self.model_title(id)),
                Cell::Number(requests),
                if total > 0.0 { Cell::Share(requests / total, requests / total) } else { Cell::Missing },
                number(if could.is_empty() { f64::NAN } else { could.values().sum() }),
                match found.map(|found| (found.estimate, found.with_interval())) {
                    Some((_, Some(interval))) => measured(Some(interval)),
                    Some((estimate, None)) => number(estimate),
                    None => Cell::Missing,
                },
                match state {
                    Some(State::InUse(at) | State::IdleSince(at)) => Cell::Time(at),
                    _ => Cell::Missing,
                },
                match state {
                    Some(State::InUse(_)) => Cell::Status(Tone::Good, "in use".to_owned()),
                    Some(State::IdleSince(_)) => Cell::Status(Tone::Warning, "idle since then".to_owned()),
                    Some(State::NeverSince(_)) => Cell::Status(Tone::Warning, "idle, never asked".to_owned()),
                    None => Cell::Status(Tone::Unknown, "not known".to_owned()),
                },
            ]
        };
        let grid = Grid {
            columns: vec![
                column("Model", None, "none"),
                column("Requests", Some(&self.usage.id), "short"),
                column("Of all requests", Some("request-share"), "percentunit"),
                column("Eligible decisions", self.eligible.map(|m| m.id.as_str()), "short"),
                column("Share of eligible", Some("eligible-share"), "percentunit"),
                column("Last request", None, "none"),
                column("State", None, "none"),
            ],
            rows: ids.iter().map(row).collect(),
            evidence: ids.iter().map(|id| self.model_links(id)).collect(),
            row_keys: ids.clone(),
            row_target: Some("model".to_owned()),
            ..Grid::default()
        };
        block("models", "Models", BlockBody::Grid(grid))
    }

    /// A model's requests lead to its latency and throughput, its state to its deployment.
    fn model_links(&self, id: &str) -> Vec<Option<Evidence>> {
        let to = |kind: PanelKind| links::evidence(self.context, kind, &[("model", id)]).filter(|_| !id.is_empty());
        let links = [(1, to(PanelKind::LatencyThroughput)), (6, to(PanelKind::DeploymentStatus))];
        links::row(7, links.into())
    }

    /// Every caller with its requests and the last of them.
    pub(super) fn callers_table(&self) -> Block {
        let total = self.now.total();
        let mut names: Vec<&Stream> = self.now.callers.iter().collect();
        let gone = self.before.map_or(&[][..], |(_, before)| before.callers.as_slice());
        names.extend(gone.iter().filter(|s| self.now.callers.iter().all(|own| own.name != s.name)));
        let row = |stream: &&Stream| {
            let own = self.now.callers.iter().find(|s| s.name == stream.name);
            let requests = own.map_or(0.0, Stream::total);
            let mut cells = vec![
                Cell::Text(stream.title().to_owned()),
                Cell::Number(requests),
                if total > 0.0 { Cell::Share(requests / total, requests / total) } else { Cell::Missing },
                own.and_then(Stream::last).map_or(Cell::Missing, Cell::Time),
            ];
            if let Some((_, before)) = self.before {
                let then = before.callers.iter().find(|s| s.name == stream.name).map_or(0.0, Stream::total);
                cells.push(Cell::Number(then));
            }
            cells
        };
        let mut columns = vec![
            column("Caller", None, "none"),
            column("Requests", Some(&self.usage.id), "short"),
            column("Of all requests", Some("request-share"), "percentunit"),
            column("Last request", None, "none"),
        ];
        if let Some((title, _)) = self.before {
            columns.push(column(&format!("Requests, {title}"), Some(&self.usage.id), "short"));
        }
        let grid = Grid { columns, rows: names.iter().map(row).collect(), ..Grid::default() };
        block("callers", "Callers", BlockBody::Grid(grid)).in_details()
    }
}
