//! Where simulated data ends: what the charts, tables and the summary of a finished view say about it.
//!
//! The workspace declares it for a source (`simulatedBefore`), or the source's own answers do, as a recording's.
//! A picture is of the source of its metric. A picture of no known metric is marked only if all that the panel asked over time
//! comes from declared sources, so that measured data is never called simulated.

use super::{Ask, Context};
use crate::calendar;
use crate::query::{Query, SourceId};
use crate::spec::formula::Formula;
use crate::view::{BlockBody, Summary, View, XScale};

/// Marks the time charts of `view` that show simulated data, and says so in its summary.
pub(super) fn mark(context: &Context<'_>, ask: &mut Ask<'_>, view: &mut View) {
    let (from_ms, to_ms) = (context.range.from_ms as f64, context.range.to_ms as f64);
    let before_ms = |metric: &str| boundary(context, ask, metric).filter(|before_ms| *before_ms > from_ms);
    let mut is_on_chart = false;
    for block in &mut view.blocks {
        let (metric, place) = match &mut block.body {
            BlockBody::Lines(lines) if lines.x.scale == XScale::Time => (&lines.metric, &mut lines.simulated_before_ms),
            BlockBody::Matrix(matrix) if !matrix.column_times.is_empty() => {
                (&matrix.metric, &mut matrix.simulated_before_ms)
            }
            _ => continue,
        };
        *place = before_ms(metric);
        is_on_chart |= place.is_some();
    }
    let on_charts = view.blocks.iter().filter_map(|block| match &block.body {
        BlockBody::Lines(lines) => lines.simulated_before_ms,
        BlockBody::Matrix(matrix) => matrix.simulated_before_ms,
        _ => None,
    });
    let of_figures = view.figures.iter().filter_map(|figure| before_ms(&figure.metric));
    let Some(latest_ms) = on_charts.chain(of_figures).reduce(f64::max) else { return };
    view.summary = said(std::mem::take(&mut view.summary), latest_ms, to_ms);
    if !is_on_chart {
        // There is no time axis that could show it.
        ask.remark(if latest_ms >= to_ms {
            "figures from simulated data"
        } else {
            "figures from data that is partly simulated"
        });
    }
}

/// Where the simulated data behind a metric ends.
fn boundary(context: &Context<'_>, ask: &Ask<'_>, metric: &str) -> Option<f64> {
    let id = metric.strip_suffix("-buckets").unwrap_or(metric);
    let spec = context.workspace.metrics.iter().find(|m| m.id == id);
    if let Some(spec) = spec {
        let of_source = |source: &SourceId| ask.simulated_before_ms(source).or_else(|| declared(context, source));
        // What is derived is simulated as far as any of its parts is.
        let parts = Formula::of(context.workspace, spec).map(|formula| formula.parts).unwrap_or_default();
        return parts.into_iter().filter_map(|part| of_source(part.query.source()?)).reduce(f64::max);
    }
    let over_time = || ask.asked().filter(|q| matches!(q, Query::Series(_) | Query::Rows(_))).map(Query::source);
    over_time().map(|source| declared(context, source)).reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b))).flatten()
}

/// What the workspace says of a source; `None` if it says nothing, or no instant.
fn declared(context: &Context<'_>, source: &SourceId) -> Option<f64> {
    let instant = calendar::parse_instant(context.source(source)?.simulated_before.as_ref()?)?;
    Some(instant as f64)
}

fn said(summary: Summary, before_ms: f64, to_ms: f64) -> Summary {
    if before_ms >= to_ms {
        return summary.then("; all of this is simulated");
    }
    summary.then("; what lies before ").time(before_ms).then(" is simulated")
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Bench, DAY_MS, NOW_MS, series};
    use crate::frame::Frame;
    use crate::query::Query;
    use crate::spec::PanelKind;
    use crate::view::{BlockBody, Piece, View};

    const METRICS: &str =
        r#"[{ "id": "cpu", "dimensions": [], "query": { "type": "gauge", "source": "prom", "metric": "cpu" } }]"#;

    fn bench(simulated_before: Option<&str>) -> Bench {
        let mut bench = Bench::new(PanelKind::Resources, "[]", METRICS);
        bench.workspace.sources[1].simulated_before = simulated_before.map(str::to_owned);
        bench
    }

    /// Answers of a gauge over two days, which say themselves where simulation ends.
    fn answer(query: &Query, says: Option<f64>) -> Option<Frame> {
        let points = [((NOW_MS - 2 * DAY_MS) as f64, 1.0), (NOW_MS as f64, 2.0)];
        let frame = Frame::from_series(vec![series(&[("instance", "a")], &points)]);
        matches!(query, Query::Series(_)).then(|| Frame { simulated_before_ms: says, ..frame })
    }

    fn borders(view: &View) -> Vec<Option<f64>> {
        let border = |body: &BlockBody| match body {
            BlockBody::Lines(lines) => Some(lines.simulated_before_ms),
            _ => None,
        };
        view.blocks.iter().filter_map(|b| border(&b.body)).collect()
    }

    #[test]
    fn a_border_within_the_range_is_drawn_and_said() {
        let view = bench(Some("2023-11-14T00:00:00Z")).view(|q| answer(q, None));
        let before_ms = (NOW_MS - DAY_MS) as f64;
        assert_eq!(borders(&view), [Some(before_ms)]);
        assert!(view.summary.0.contains(&Piece::Time(before_ms)), "{:?}", view.summary);
    }

    #[test]
    fn what_a_source_says_itself_counts_like_the_workspace() {
        let before_ms = (NOW_MS - DAY_MS) as f64;
        assert_eq!(borders(&bench(None).view(|q| answer(q, Some(before_ms)))), [Some(before_ms)]);
    }

    #[test]
    fn a_range_that_is_simulated_throughout_is_called_so() {
        let view = bench(Some("2030-01-01T00:00:00Z")).view(|q| answer(q, None));
        assert!(borders(&view)[0].is_some_and(|before_ms| before_ms > NOW_MS as f64));
        assert_eq!(view.summary.0.last(), Some(&Piece::Text("; all of this is simulated".to_owned())));
    }

    #[test]
    fn a_measured_range_says_nothing() {
        for before in [None, Some("2020-01-01T00:00:00Z")] {
            let view = bench(before).view(|q| answer(q, None));
            assert_eq!(borders(&view), [None], "{before:?}");
            assert!(!format!("{:?}", view.summary).contains("simulated"));
        }
    }
}
