//! Benchmark entry: what the engine does with large data and how the page draws it, callable from pages of their own.
//!
//! Built only with the feature `bench`, never part of the product.

#[cfg(target_arch = "wasm32")]
mod engine {
    use sightline::query::{Aggregate, Measure, Query, Selector, SeriesQuery, SourceId, TimeRange};
    use sightline::source::{Response, open_source};
    use sightline::stats::forest::Input;
    use sightline::stats::pyramid::Pyramid;
    use sightline::stats::reduce::{Column, Edges, columns};
    use sightline::stats::rng::Rng;
    use sightline::stats::slices::{Config, worst_slices};
    use sightline::view::{AxisSpec, Block, BlockBody, Line, Lines};
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
            columns(values, &Edges::by_row(0..values.len(), n_columns))
                .iter()
                .flat_map(|column| [column.min, column.max])
                .collect()
        }

        /// The rows `from..to` in `n_columns` columns by the pyramid, as the block of a chart in the form in which the engine sends it.
        ///
        /// # Errors
        /// When the block cannot be written.
        pub fn block(&self, from: usize, to: usize, n_columns: usize) -> Result<Vec<u8>, JsValue> {
            let reduced = self.0.query(from..to, n_columns);
            let middle = |column: &Column| (column.start as f64 + column.end as f64) / 2.0;
            let line = Line {
                title: "value".to_owned(),
                x: reduced.iter().flat_map(|column| [column.start as f64, middle(column)]).collect(),
                y: reduced.iter().flat_map(|column| [column.min, column.max]).collect(),
                ..Line::default()
            };
            let x = AxisSpec {
                title: "Step".to_owned(),
                min: Some(from as f64),
                max: Some(to as f64),
                ..AxisSpec::default()
            };
            let body = BlockBody::Lines(Lines { x, lines: vec![line], ..Lines::default() });
            let block = Block { id: "long".to_owned(), title: String::new(), details: false, width: 12, body };
            bincode::serialize(&block).map_err(|error| JsValue::from_str(&error.to_string()))
        }
    }

    /// Predictions with their features, a third of them categories, and one planted slice that errs more.
    #[wasm_bindgen]
    pub struct Predictions {
        features: Vec<Input>,
        losses: Vec<f64>,
    }

    #[wasm_bindgen]
    impl Predictions {
        /// Draws them from a fixed seed. Rows of category "c3" of the first feature and with a second one above 1 err half of the time.
        #[wasm_bindgen(constructor)]
        pub fn new(n_rows: usize, n_features: usize) -> Self {
            let mut random = Rng::new(17);
            let mut feature = |place: usize| {
                if place.is_multiple_of(3) {
                    Input::Categorical((0..n_rows).map(|_| Some(format!("c{}", random.below(8)))).collect())
                } else {
                    Input::Numeric((0..n_rows).map(|_| random.normal()).collect())
                }
            };
            let features: Vec<Input> = (0..n_features).map(&mut feature).collect();
            let is_planted = |row: usize| match (features.first(), features.get(1)) {
                (Some(Input::Categorical(kinds)), Some(Input::Numeric(values))) => {
                    kinds.get(row).is_some_and(|kind| kind.as_deref() == Some("c3"))
                        && values.get(row).is_some_and(|value| *value > 1.0)
                }
                _ => false,
            };
            let losses = (0..n_rows)
                .map(|row| f64::from(u8::from(random.bernoulli(if is_planted(row) { 0.5 } else { 0.08 }))))
                .collect();
            Self { features, losses }
        }

        /// Searches all slices by one or two features: slices reported, slices tested, and the two features of the worst.
        pub fn search(&self) -> Vec<f64> {
            let found = worst_slices(&self.features, &self.losses, Config::default());
            let worst = found.slices.first().map(|slice| slice.conditions.iter().map(|(feature, _)| *feature as f64));
            [found.slices.len() as f64, found.n_tested as f64].into_iter().chain(worst.into_iter().flatten()).collect()
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod page {
    use sightline::chart::{Theme, compile};
    use sightline::state::Zone;
    use sightline::ui::text::Texts;
    use sightline::units::Unit;
    use sightline::view::Block;
    use sightline::web::charts::{self, Chart, Look};
    use wasm_bindgen::prelude::*;

    /// Loads the charts chunk and sets the texts of its axes, as the page does.
    ///
    /// # Errors
    /// When the chunk cannot be loaded.
    #[wasm_bindgen(js_name = loadCharts)]
    pub async fn load_charts(url: String) -> Result<(), JsValue> {
        charts::use_formatter(|unit, value, _| {
            let texts = Texts::new(Zone::default());
            value.as_f64().map_or_else(String::new, |value| texts.value(value, &Unit::new(unit)))
        });
        charts::load(&url).await
    }

    /// A chart on the page.
    #[wasm_bindgen]
    pub struct Picture {
        element: web_sys::Element,
        theme: Theme,
        chart: Option<Chart>,
    }

    #[wasm_bindgen]
    impl Picture {
        /// Nothing is drawn yet.
        ///
        /// # Errors
        /// When the theme is not one.
        #[wasm_bindgen(constructor)]
        pub fn new(element: web_sys::Element, theme: &str) -> Result<Self, JsValue> {
            let theme = serde_json::from_str(theme).map_err(|error| JsValue::from_str(&error.to_string()))?;
            Ok(Self { element, theme, chart: None })
        }

        /// Draws a block as the engine sends it: compiled to a description, and handed to ECharts with its columns.
        ///
        /// # Errors
        /// When the bytes are no block of a chart, or ECharts refuses it.
        pub fn show(&mut self, block: &[u8], width_px: u32) -> Result<(), JsValue> {
            let block: Block = bincode::deserialize(block).map_err(|error| JsValue::from_str(&error.to_string()))?;
            let drawing = compile(&block, &self.theme, width_px).ok_or("the block is no chart")?;
            let look = Look::default();
            match &self.chart {
                Some(chart) => chart.update(&drawing, &look)?,
                None => self.chart = Some(Chart::mount(&self.element, &drawing, &look, |_| {})?),
            }
            Ok(())
        }
    }
}

fn main() {}
