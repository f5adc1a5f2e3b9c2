//! Benchmark entry: what the engine does with large data, callable from a page of its own.
//!
//! Built only with the feature `bench`, never part of the product.

#[cfg(target_arch = "wasm32")]
mod exports {
    use sightline::query::{Aggregate, Measure, Query, Selector, SeriesQuery, SourceId, TimeRange};
    use sightline::source::{Response, open_source};
    use sightline::stats::pyramid::Pyramid;
    use sightline::stats::reduce::{Column, Edges, columns};
    use wasm_bindgen::prelude::*;

    /// Reads an answer of `query_range` by the product's own source, onto the grid of its range.
    ///
    /// Answers the number of series and of present points. The body must be the answer for `n_points` steps of `step_ms` up to `to_ms`.
    ///
    /// # Errors
    /// When the source refuses the query or the answer.
    #[wasm_bindgen(js_name = parseMatrix)]
    pub fn parse_matrix(body: Vec<u8>, to_ms: f64, n_points: u32, step_ms: f64) -> Result<Vec<f64>, JsValue> {
        let refused = |failure: sightline::source::Failure| JsValue::from_str(&failure.text);
        let spec = serde_json::from_str(r#"{"id": "bench", "kind": "prometheus", "url": "http://127.0.0.1/"}"#)
            .map_err(|error| JsValue::from_str(&error.to_string()))?;
        let (to_ms, step_ms) = (to_ms as i64, step_ms as i64);
        let query = Query::Series(SeriesQuery {
            source: SourceId("bench".into()),
            selector: Selector::Named { name: "bench".to_owned(), matchers: Vec::new() },
            matchers: Vec::new(),
            measure: Measure::Instant,
            aggregate: Aggregate::Sum,
            by: None,
            range: TimeRange::new(to_ms - step_ms * i64::from(n_points.saturating_sub(1)), to_ms),
            step_ms,
        });
        let mut exchange = open_source(&spec, to_ms).open(&query).map_err(refused)?;
        let tag = exchange.next_requests().first().map_or(0, |request| request.tag);
        exchange.receive(tag, Response { status: 200, body }).map_err(refused)?;
        let frame = exchange.finish().map_err(refused)?;
        let n_present = frame.series().iter().flat_map(|s| s.y.iter()).filter(|y| y.is_finite()).count();
        Ok(vec![frame.series().len() as f64, n_present as f64])
    }

    /// A long series in the engine's memory.
    #[wasm_bindgen]
    pub struct Long(Pyramid<Vec<f64>>);

    #[wasm_bindgen]
    impl Long {
        /// Takes the values and builds their pyramid.
        #[wasm_bindgen(constructor)]
        pub fn new(values: Vec<f64>) -> Self {
            Self(Pyramid::new(values))
        }

        /// All rows in `n_columns` columns in one pass, without the pyramid: least and greatest of each, in turn.
        pub fn reduce(&self, n_columns: usize) -> Vec<f64> {
            let values = self.0.values();
            extremes(&columns(values, &Edges::by_row(0..values.len(), n_columns)))
        }

        /// The rows `from..to` in `n_columns` columns by the pyramid: least and greatest of each, in turn.
        pub fn zoom(&self, from: usize, to: usize, n_columns: usize) -> Vec<f64> {
            extremes(&self.0.query(from..to, n_columns))
        }
    }

    fn extremes(columns: &[Column]) -> Vec<f64> {
        columns.iter().flat_map(|column| [column.min, column.max]).collect()
    }
}

fn main() {}
