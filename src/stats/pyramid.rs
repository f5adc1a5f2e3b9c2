//! Extremes of blocks of rows, built once, so that any zoom into a long series reads only a little of it.
//!
//! A query equals [`reduce::columns`](super::reduce::columns) over the same edges, to the last bit.

use super::reduce::{Column, Edges, Extremes, column_with};
use std::ops::Range;

/// Rows in a block of the lowest level.
const BLOCK_ROWS: usize = 256;

/// Blocks of one level in a block of the next.
const FAN_OUT: usize = 16;

/// A series with the extremes of its blocks; about 10 % more memory than the series.
#[derive(Clone, Debug)]
pub struct Pyramid<V> {
    values: V,
    /// Lowest level first; a block of level k spans `BLOCK_ROWS * FAN_OUT^k` rows, the last one fewer.
    levels: Vec<Vec<Extremes>>,
}

impl<V: AsRef<[f64]>> Pyramid<V> {
    /// Reads `values` once; missing values stay missing.
    pub fn new(values: V) -> Self {
        let mut level: Vec<Extremes> = values.as_ref().chunks(BLOCK_ROWS).map(Extremes::of).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = level
                .chunks(FAN_OUT)
                .map(|blocks| blocks.iter().copied().fold(Extremes::NONE, Extremes::merge))
                .collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Self { values, levels }
    }

    /// The series.
    pub fn values(&self) -> &[f64] {
        self.values.as_ref()
    }

    /// The rows of `range` in `n_columns` columns of nearly equal length.
    ///
    /// ```
    /// use sightline::stats::pyramid::Pyramid;
    /// let mut flat = vec![0.0; 100_000];
    /// flat[77_777] = 9.0;
    /// let columns = Pyramid::new(flat).query(0..100_000, 10);
    /// assert_eq!(columns[7].max, 9.0);
    /// assert_eq!(columns[6].max, 0.0);
    /// ```
    pub fn query(&self, range: Range<usize>, n_columns: usize) -> Vec<Column> {
        self.columns(&Edges::by_row(range, n_columns))
    }

    /// The rows with x in `from..=to` in `n_columns` columns of equal width; `xs` must be ascending, finite and as long as the series.
    pub fn query_x(&self, xs: &[f64], from: f64, to: f64, n_columns: usize) -> Vec<Column> {
        self.columns(&Edges::by_x(xs, from, to, n_columns))
    }

    /// The columns between `edges`.
    pub fn columns(&self, edges: &Edges) -> Vec<Column> {
        let values = self.values();
        edges.columns().map(|rows| column_with(values, rows, |rows| self.extremes(rows))).collect()
    }

    /// Walks from the rows up: what does not fill a block of the next level is merged at this one.
    fn extremes(&self, rows: Range<usize>) -> Extremes {
        let values = self.values();
        let of_rows = |rows: Range<usize>| Extremes::of(values.get(rows).unwrap_or_default());
        let (mut start, mut end) = (rows.start.div_ceil(BLOCK_ROWS), rows.end / BLOCK_ROWS);
        if start >= end {
            return of_rows(rows);
        }
        let mut found = of_rows(rows.start..start * BLOCK_ROWS).merge(of_rows(end * BLOCK_ROWS..rows.end));
        for level in &self.levels {
            let of_blocks = |blocks: Range<usize>| {
                level.get(blocks).unwrap_or_default().iter().copied().fold(Extremes::NONE, Extremes::merge)
            };
            let (above_start, above_end) = (start.div_ceil(FAN_OUT), end / FAN_OUT);
            if above_start >= above_end {
                return found.merge(of_blocks(start..end));
            }
            found = found.merge(of_blocks(start..above_start * FAN_OUT)).merge(of_blocks(above_end * FAN_OUT..end));
            (start, end) = (above_start, above_end);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::reduce::{self, tests::patchy};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_empty_series_answers_empty_columns() {
        let pyramid = Pyramid::new(Vec::new());
        assert!(pyramid.query(0..0, 4).iter().all(Column::is_empty));
        assert!(pyramid.query(0..10, 4).iter().all(Column::is_empty));
    }

    #[test]
    fn every_level_answers_as_the_rows_do() {
        let values: Vec<f64> =
            (0..1_200_000_u64).map(|row| (row.wrapping_mul(2_654_435_761) % 1_000_003) as f64).collect();
        let pyramid = Pyramid::new(values.as_slice());
        assert_eq!(pyramid.levels.iter().map(Vec::len).collect::<Vec<_>>(), [4_688, 293, 19, 2, 1]);
        for (range, n_columns) in
            [(0..1_200_000, 1), (0..1_200_000, 3), (17..1_199_999, 7), (300_000..900_001, 1_600), (5..9, 2)]
        {
            let edges = Edges::by_row(range, n_columns);
            assert_eq!(pyramid.columns(&edges), reduce::columns(&values, &edges));
        }
    }

    proptest! {
        #[test]
        fn a_query_equals_the_reduction(values in patchy(9_000), cut in 0.0..1.0_f64, n_columns in 1..30_usize) {
            let start = (cut * values.len() as f64) as usize;
            let edges = Edges::by_row(start..values.len(), n_columns);
            let (fast, plain) = (Pyramid::new(values.as_slice()).columns(&edges), reduce::columns(&values, &edges));
            // Debug text, since columns without a value hold NaN.
            prop_assert_eq!(format!("{fast:?}"), format!("{plain:?}"));
        }
    }
}
