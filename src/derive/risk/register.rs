//! The register of risks from rows.

use crate::derive::compliance::records::{all_time, cell, instant, model_title};
use crate::derive::{Ask, Context, Stop};
use crate::frame::Table;
use crate::order::Order;
use crate::spec::MetricSpec;
use crate::view::Tone;

/// More rows than any register has.
const MAX_ROWS: u32 = 5_000;
const PARTS: [&str; 8] = ["risk", "title", "likelihood", "impact", "owner", "status", "mitigation", "due"];
/// Words of a register for a risk that is no longer open.
const NOT_OPEN: [&str; 4] = ["closed", "mitigated", "accepted", "resolved"];
/// Likelihood times impact from which a risk is grave, and from which it is high and medium.
const GRAVE: u8 = 15;
const HIGH: u8 = 10;
const MEDIUM: u8 = 5;

/// All risks, the gravest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Register {
    pub(super) risks: Vec<Risk>,
}

/// One risk.
#[derive(Clone, Debug)]
pub(super) struct Risk {
    pub(super) title: String,
    pub(super) model: Option<String>,
    pub(super) model_title: Option<String>,
    /// 1 to 5 each; `None` if the row says anything else.
    pub(super) likelihood: Option<u8>,
    pub(super) impact: Option<u8>,
    pub(super) owner: Option<String>,
    pub(super) status: Option<String>,
    pub(super) mitigation: Option<String>,
    /// Milliseconds; `NaN` if not set.
    pub(super) due_ms: f64,
}

impl Register {
    /// # Errors
    /// As [`Ask::rows`]; a sentence where there is no row.
    pub(super) fn ask(context: &Context<'_>, ask: &mut Ask<'_>, metric: &MetricSpec) -> Result<Self, Stop> {
        let frame = ask.rows(context, metric, all_time(context), &PARTS, MAX_ROWS)?;
        let table = frame.table().filter(|table| table.n_rows() > 0);
        let table = table.ok_or_else(|| Stop::empty("the register has no risk of what is chosen"))?;
        let mut risks: Vec<Risk> = (0..table.n_rows()).map(|row| Risk::read(context, table, row)).collect();
        // Without a score last.
        risks.order_by(|a, b| b.score().cmp(&a.score()).then(a.title.cmp(&b.title)));
        Ok(Self { risks })
    }

    pub(super) fn open(&self) -> impl Iterator<Item = &Risk> {
        self.risks.iter().filter(|risk| risk.is_open())
    }
}

impl Risk {
    fn read(context: &Context<'_>, table: &Table, row: usize) -> Self {
        let text = |name: &str| cell(table, name, row);
        let rank = |name: &str| {
            let value = table.number(name, row);
            let value = if value.is_finite() { value } else { text(name)?.parse().ok()? };
            (1..=5_u8).find(|rank| (f64::from(*rank) - value).abs() < 1e-9)
        };
        let model = text("model");
        Self {
            title: text("title").or_else(|| text("risk")).unwrap_or_else(|| "without a name".to_owned()),
            model_title: model.as_deref().map(|id| model_title(context, id)),
            model,
            likelihood: rank("likelihood"),
            impact: rank("impact"),
            owner: text("owner"),
            status: text("status"),
            mitigation: text("mitigation"),
            due_ms: instant(table, "due", row),
        }
    }

    /// Whether it is still open; a risk without a status is.
    pub(super) fn is_open(&self) -> bool {
        let status = self.status.as_deref().unwrap_or_default();
        !NOT_OPEN.iter().any(|word| status.eq_ignore_ascii_case(word))
    }

    /// Likelihood and impact, where both are known.
    pub(super) fn place(&self) -> Option<(u8, u8)> {
        self.likelihood.zip(self.impact)
    }

    /// Likelihood times impact, 1 to 25.
    pub(super) fn score(&self) -> Option<u8> {
        self.place().map(|(likelihood, impact)| likelihood * impact)
    }

    pub(super) fn is_grave(&self) -> bool {
        self.score().is_some_and(|score| score >= GRAVE)
    }

    /// How grave it is, in a word.
    pub(super) fn level(&self) -> (Tone, String) {
        let (tone, word) = match self.score() {
            None => (Tone::Unknown, "not rated"),
            Some(GRAVE..) => (Tone::Bad, "grave"),
            Some(HIGH..) => (Tone::Warning, "high"),
            Some(MEDIUM..) => (Tone::Neutral, "medium"),
            Some(_) => (Tone::Good, "low"),
        };
        (tone, word.to_owned())
    }

    pub(super) fn is_overdue(&self, now_ms: i64) -> bool {
        self.is_open() && self.due_ms.is_finite() && self.due_ms < now_ms as f64
    }
}
