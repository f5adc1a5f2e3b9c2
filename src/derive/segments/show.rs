//! The groups as charts and tables.

use super::headline::{Scene, share};
use super::looks::{Dimension, Look};
use crate::derive::Context;
use crate::derive::business_impact::conversion::{column, measured, number};
use crate::derive::business_impact::outcomes::Arm;
use crate::derive::shared::links;
use crate::derive::shared::{LEVEL, block, places};
use crate::spec::PanelKind;
use crate::stats::interval::wilson;
use crate::units::Direction;
use crate::view::{AxisSpec, Bar, BarMark, Bars, Block, BlockBody, Cell, Grid, Reading, Tone};

/// Place of the difference's column.
const DIFFERENCE: usize = 5;

/// A dimension's name at the start of a sentence.
fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Scene<'_> {
    /// The differences of one dimension as dots with whiskers; a click filters, where the workspace has the dimension.
    pub(super) fn dots(&self, context: &Context<'_>, dimension: &Dimension) -> Block {
        let title = format!("{} by {}", self.title(), dimension.id);
        block(&format!("by-{}", dimension.id), &title, BlockBody::Bars(self.bars(context, dimension)))
    }

    /// The differences of one dimension on a map, each with a word on whether it is clear; `None` where none has a place on it.
    pub(super) fn map(&self, context: &Context<'_>, dimension: &Dimension) -> Option<Block> {
        let word = |look: &Look| match look {
            look if look.is_hidden() => "too few to show",
            look if look.effect.interval.is_none() => "one variant only",
            look if look.is_clear() => "clear",
            _ => "no clear change",
        };
        let words = dimension.looks.iter().map(|look| word(look).to_owned()).collect();
        let title = format!("{} by {}", self.title(), dimension.id);
        let names = (format!("map-{}", dimension.id), title);
        let values = self.bars(context, dimension);
        let mut block = places::map(context, &dimension.id, (&names.0, &names.1), values, words)?;
        if let BlockBody::Map(map) = &mut block.body {
            map.diverging = true;
        }
        Some(block)
    }

    fn bars(&self, context: &Context<'_>, dimension: &Dimension) -> Bars {
        let bar = |look: &Look| {
            let interval = look.effect.interval;
            let note = match (look.is_hidden(), look.is_clear()) {
                (true, _) => "too few to show",
                (_, true) => "clear",
                _ => "",
            };
            Bar {
                title: look.title().to_owned(),
                key: look.value.clone().unwrap_or_default(),
                series: self.conversion.labels(self.variant).with(dimension.id.as_str(), look.title()),
                entity: String::new(),
                value: look.effect.difference,
                low: interval.map_or(f64::NAN, |i| i.low),
                high: interval.map_or(f64::NAN, |i| i.high),
                reference: look.before.map_or(f64::NAN, |before| before.difference),
                note: note.to_owned(),
            }
        };
        let mut readings = vec![Reading { value: 0.0, title: "no change".to_owned(), tone: Tone::Neutral }];
        if self.whole.difference.is_finite() {
            readings.push(Reading { value: self.whole.difference, title: "all".to_owned(), tone: Tone::Neutral });
        }
        Bars {
            metric: "uplift".to_owned(),
            axis: AxisSpec { unit: share(), ..AxisSpec::default() },
            bars: dimension.looks.iter().map(bar).collect(),
            target: target(context, &dimension.id),
            mark: BarMark::Dot,
            readings,
        }
    }

    /// The counts, rates and differences of one dimension.
    pub(super) fn table(&self, context: &Context<'_>, dimension: &Dimension) -> Block {
        let base = self.conversion.chosen.base().map_or("", |(name, _)| name);
        let variant = self.variant;
        let id = self.conversion.metric.id.as_str();
        let heading = sentence_case(&dimension.id);
        let mut columns = vec![
            column(&heading, None, "none"),
            column(&format!("n, {base}"), Some("exposed"), "short"),
            column(&format!("n, {variant}"), Some("exposed"), "short"),
            column(&format!("Conversion, {base}"), Some(id), "percentunit"),
            column(&format!("Conversion, {variant}"), Some(id), "percentunit"),
            column(&format!("{}, one look", self.title()), Some("uplift"), "percentunit"),
            column("Relative, one look", Some("relative-uplift"), "percentunit"),
            column("p, one look", None, "none"),
            column(&format!("p, corrected for {} looks", self.n_tested), None, "none"),
            column("Called", None, "none"),
        ];
        if let Some(title) = self.before {
            columns.push(column(&format!("Change against {title}"), Some("uplift"), "percentunit"));
        }
        let row = |look: &Look| {
            let effect = &look.effect;
            let rate = |arm: Arm| arm.proportion().and_then(|p| wilson(p, LEVEL).map(|i| (p.rate(), i)));
            let mut cells = vec![
                Cell::Text(look.title().to_owned()),
                number(effect.base.n),
                number(effect.treated.n),
                measured(rate(effect.base)),
                measured(rate(effect.treated)),
                measured(effect.measured()),
                measured(effect.uplift.map(|uplift| (uplift.estimate, uplift.interval))),
                number(effect.p),
                number(look.q),
                self.called(look),
            ];
            if self.before.is_some() {
                cells.push(measured(look.change()));
            }
            cells
        };
        let row_target = target(context, &dimension.id);
        let keys = || dimension.looks.iter().map(|look| look.value.clone().unwrap_or_default()).collect();
        // A group's difference leads to what is behind it: its engagement and retention.
        let link = |look: &Look| {
            let value = look.value.as_deref().filter(|value| !value.is_empty() && row_target.is_some());
            let behind = value.and_then(|value| {
                links::evidence(context, PanelKind::BusinessImpact, &[(dimension.id.as_str(), value)])
            });
            links::row(columns.len(), vec![(DIFFERENCE, behind)])
        };
        let evidence = dimension.looks.iter().map(link).collect();
        let grid = Grid {
            evidence,
            rows: dimension.looks.iter().map(row).collect(),
            row_keys: if row_target.is_some() { keys() } else { Vec::new() },
            row_target,
            columns,
            ..Grid::default()
        };
        let title = format!("Who benefits, by {}: 95 % intervals, Wilson, Newcombe, delta method", dimension.id);
        block(&format!("table-{}", dimension.id), &title, BlockBody::Grid(grid))
    }

    pub(super) fn called(&self, look: &Look) -> Cell {
        if look.is_hidden() {
            return Cell::Status(Tone::Unknown, "too few to show".to_owned());
        }
        if look.effect.interval.is_none() {
            return Cell::Status(Tone::Unknown, "one variant only".to_owned());
        }
        if !look.is_clear() {
            return Cell::Status(Tone::Neutral, "no clear change".to_owned());
        }
        if self.conversion.chosen.is_broken() {
            return Cell::Status(Tone::Neutral, "differs, not causal".to_owned());
        }
        let up = look.effect.difference > 0.0;
        match (self.conversion.metric.direction, up) {
            (Direction::Neutral, _) => Cell::Status(Tone::Neutral, "changed".to_owned()),
            (Direction::Higher, true) | (Direction::Lower, false) => Cell::Status(Tone::Good, "better".to_owned()),
            _ => Cell::Status(Tone::Bad, "worse".to_owned()),
        }
    }

    /// Whether the groups of each dimension differ, on both scales.
    pub(super) fn interactions(&self) -> Option<Block> {
        let row = |d: &Dimension| {
            let test = d.interaction?;
            let ratios = d.interaction_of_ratios;
            let word = if d.interaction_q < 0.05 { "differs" } else { "no clear difference" };
            Some(vec![
                Cell::Text(d.id.clone()),
                Cell::Number(d.looks.iter().filter(|look| look.effect.interval.is_some()).count() as f64),
                number(test.statistic),
                number(test.df),
                number(test.p),
                number(d.interaction_q),
                number(test.share_between),
                number(ratios.map_or(f64::NAN, |r| r.statistic)),
                number(ratios.map_or(f64::NAN, |r| r.p)),
                Cell::Text(word.to_owned()),
            ])
        };
        let grid = Grid {
            columns: vec![
                column("By", None, "none"),
                column("Groups", None, "short"),
                column("Q of the differences", Some("interaction-q"), "none"),
                column("Degrees of freedom", None, "none"),
                column("p", Some("interaction"), "none"),
                column("p, corrected by Holm", Some("interaction"), "none"),
                column("Spread beyond sampling", None, "percentunit"),
                column("Q of the log ratios", Some("interaction-q-ratio"), "none"),
                column("p of the log ratios", Some("interaction-ratio"), "none"),
                column("Called", None, "none"),
            ],
            rows: self.dimensions.iter().filter_map(row).collect(),
            ..Grid::default()
        };
        let title = "Do the groups differ? Test of interaction, Cochran's Q (1954)";
        (!grid.rows.is_empty()).then(|| block("interaction", title, BlockBody::Grid(grid)).in_details())
    }
}

/// What a click filters by: the dimension, if the workspace has it.
fn target(context: &Context<'_>, id: &str) -> Option<String> {
    context.workspace.dimensions.iter().any(|d| d.id == id).then(|| id.to_owned())
}
