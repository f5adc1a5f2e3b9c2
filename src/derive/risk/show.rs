//! Risks as tables: open ones with what was measured on top, and those that are not open any more.

use super::matrix::{cell_of, ranks_of};
use super::measured::Measured;
use super::register::{Register, Risk};
use crate::derive::Context;
use crate::derive::portfolio::table::column;
use crate::derive::shared::links;
use crate::spec::PanelKind;
use crate::view::{Cell, Evidence, Grid, Tone};

/// All that the tables show.
pub(super) struct Scene<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) register: &'a Register,
    pub(super) measured: &'a [Measured],
    /// The chosen cell of the matrix.
    pub(super) cell: Option<(u32, u32)>,
}

impl Scene<'_> {
    /// What the table lists.
    pub(super) fn title(&self) -> String {
        match self.cell.map(ranks_of) {
            Some((likelihood, impact)) => format!("Open risks of likelihood {likelihood} and impact {impact}"),
            None if self.register.risks.is_empty() => "Measured risks".to_owned(),
            None => "Open risks, measured ones first".to_owned(),
        }
    }

    /// Open risks, of the chosen cell where one is chosen; else what was measured comes first.
    pub(super) fn table(&self) -> Grid {
        let measured = if self.cell.is_some() { &[][..] } else { self.measured };
        let listed: Vec<&Risk> =
            self.register.open().filter(|risk| self.cell.is_none() || cell_of(risk) == self.cell).collect();
        let mut grid = self.grid(&listed);
        let tops = measured.iter().map(|of| {
            let mut cells = vec![
                Cell::Text(of.text.clone()),
                Cell::Status(of.tone, of.word.to_owned()),
                Cell::Missing,
                Cell::Text(of.model_title.clone()),
                Cell::Missing,
                Cell::Status(Tone::Neutral, "measured".to_owned()),
            ];
            cells.resize(grid.columns.len(), Cell::Missing);
            cells
        });
        grid.rows = tops.chain(std::mem::take(&mut grid.rows)).collect();
        let keys = measured.iter().map(|of| of.model.clone());
        grid.row_keys = keys.chain(std::mem::take(&mut grid.row_keys)).collect();
        let lead = |kind: PanelKind, model: &str| -> Vec<Option<Evidence>> {
            let leads = |at: usize| links::evidence(self.context, kind, &[("model", model)]).filter(|_| at < 2);
            (0..grid.columns.len()).map(leads).collect()
        };
        if !measured.is_empty() {
            let of_measured = measured.iter().map(|of| lead(of.evidence, &of.model));
            let of_listed = listed.iter().map(|_| vec![None; grid.columns.len()]);
            let all: Vec<Vec<Option<Evidence>>> = of_measured.chain(of_listed).collect();
            grid.evidence = all;
        }
        grid
    }

    /// Risks that are not open any more; `None` where there are none.
    pub(super) fn closed(&self) -> Option<Grid> {
        let closed: Vec<&Risk> = self.register.risks.iter().filter(|risk| !risk.is_open()).collect();
        (!closed.is_empty()).then(|| self.grid(&closed))
    }

    fn grid(&self, risks: &[&Risk]) -> Grid {
        let text = |text: &Option<String>| text.clone().map_or(Cell::Missing, Cell::Text);
        let rank = |rank: Option<u8>| rank.map_or(Cell::Missing, |rank| Cell::Number(f64::from(rank)));
        let row = |risk: &&Risk| {
            let (tone, level) = risk.level();
            let mut cells = vec![
                Cell::Text(risk.title.clone()),
                Cell::Status(tone, level),
                rank(risk.score()),
                text(&risk.model_title),
                match &risk.owner {
                    Some(owner) => Cell::Text(owner.clone()),
                    None => Cell::Status(Tone::Warning, "nobody".to_owned()),
                },
                self.state(risk),
                if risk.due_ms.is_finite() { Cell::Time(risk.due_ms) } else { Cell::Missing },
            ];
            if self.context.details {
                cells.extend([rank(risk.likelihood), rank(risk.impact), text(&risk.mitigation)]);
            }
            cells
        };
        let score = Some("risk-score");
        let mut columns = vec![
            column("Risk", None, "none"),
            column("Level", None, "none"),
            column("Score", score, "none"),
            column("Model", None, "none"),
            column("Owner", None, "none"),
            column("State", None, "none"),
            column("Due", None, "none"),
        ];
        if self.context.details {
            columns.push(column("Likelihood", Some("risk-likelihood"), "none"));
            columns.push(column("Impact", Some("risk-impact"), "none"));
            columns.push(column("Mitigation", None, "none"));
        }
        Grid {
            columns,
            rows: risks.iter().map(row).collect(),
            row_keys: risks.iter().map(|risk| risk.model.clone().unwrap_or_default()).collect(),
            row_target: Some("model".to_owned()),
            ..Grid::default()
        }
    }

    fn state(&self, risk: &Risk) -> Cell {
        let recorded = risk.status.clone().unwrap_or_else(|| "no status".to_owned());
        if risk.is_overdue(self.context.now_ms) {
            return Cell::Status(Tone::Bad, format!("{recorded}, overdue"));
        }
        let tone = match (risk.is_open(), risk.status.is_some()) {
            (_, false) => Tone::Unknown,
            (true, true) => Tone::Neutral,
            (false, true) => Tone::Good,
        };
        Cell::Status(tone, recorded)
    }
}
