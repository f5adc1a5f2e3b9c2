//! Likelihood against impact, as counts of open risks.

use super::register::{Register, Risk};
use crate::derive::Context;
use crate::units::Unit;
use crate::view::Matrix;

/// Ranks of either axis.
pub(super) const RANKS: u8 = 5;

/// The chosen cell as row and column: the setting `cell` is `row,column`, the highest likelihood being row 0.
pub(super) fn chosen(context: &Context<'_>) -> Option<(u32, u32)> {
    let (row, column) = context.setting("cell")?.split_once(',')?;
    let place = |text: &str| text.trim().parse::<u32>().ok().filter(|place| *place < u32::from(RANKS));
    Some((place(row)?, place(column)?))
}

/// The cell of a risk as row and column; `None` where it is not rated.
pub(super) fn cell_of(risk: &Risk) -> Option<(u32, u32)> {
    let (likelihood, impact) = risk.place()?;
    Some((u32::from(RANKS - likelihood), u32::from(impact - 1)))
}

/// What a cell stands for: likelihood and impact.
pub(super) fn ranks_of((row, column): (u32, u32)) -> (u32, u32) {
    (u32::from(RANKS).saturating_sub(row), column + 1)
}

/// Counts of open risks; a cell without one is empty.
pub(super) fn matrix(register: &Register, selected: Option<(u32, u32)>) -> Matrix {
    let ranks = 0..u32::from(RANKS);
    let count = |at: (u32, u32)| {
        let n = register.open().filter(|risk| cell_of(risk) == Some(at)).count();
        if n > 0 { n as f64 } else { f64::NAN }
    };
    Matrix {
        metric: "open-risks".to_owned(),
        row_title: "Likelihood".to_owned(),
        column_title: "Impact".to_owned(),
        rows: (1..=RANKS).rev().map(|rank| rank.to_string()).collect(),
        columns: (1..=RANKS).map(|rank| rank.to_string()).collect(),
        values: ranks.clone().flat_map(|row| ranks.clone().map(move |column| (row, column))).map(count).collect(),
        unit: Unit::from("short"),
        labelled: true,
        target: Some("cell".to_owned()),
        selected,
        ..Matrix::default()
    }
}
