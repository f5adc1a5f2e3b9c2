//! The border of simulated data: a quiet vertical line that names itself above the grid, with a faint tint on its simulated side.
//!
//! The tint is no hatch, which stands for missing data. The instant is written by the page, in the viewer's zone.

use charming::element::ItemStyle;
use charming::series::Custom;
use serde_json::json;

use super::parts::Sketch;
use super::{SeriesHit, Theme};

/// Room above a grid for the border's name, in CSS pixels.
pub(super) const TOP_PX: u32 = 22;

/// Where the border stands on its axis.
pub(super) enum Border {
    /// At an instant of a time axis.
    At(f64),
    /// Before a column of a heatmap, counted from zero, without a tint: its cells are the picture.
    Column(usize),
    /// Beyond the end: all of the picture is simulated. The position is the end of the axis.
    Beyond(f64),
}

/// Adds the border of what lies before `before_ms`.
pub(super) fn add(sketch: &mut Sketch, before_ms: f64, border: &Border, theme: &Theme) {
    let (at, kind) = match border {
        Border::At(at) => (*at, "at"),
        Border::Column(column) => (*column as f64, "column"),
        Border::Beyond(end) => (*end, "beyond"),
    };
    let dataset = sketch.dataset(vec![("at", vec![at])]);
    let series = Custom::new().item_style(ItemStyle::new().color(theme.muted.as_str()));
    let patch = json!({
        "id": "simulated", "renderItem": format!("fn:simulated:{kind}"), "datasetIndex": dataset, "silent": true, "z": 6,
        "encode": { "x": "at" }, "before": before_ms,
        "label": { "fontFamily": theme.font, "fontSize": 11, "color": theme.muted },
    });
    sketch.series(series, patch, SeriesHit::Decoration);
}

#[cfg(test)]
mod tests {
    use crate::chart::{Theme, compile};
    use crate::view::{AxisSpec, Block, BlockBody, Line, Lines, Matrix, XScale};

    fn drawn(body: BlockBody) -> String {
        let block = Block { id: "b".into(), title: String::new(), details: false, width: 12, body };
        let drawing = compile(&block, &Theme::sample(), 600).unwrap();
        let series = drawing.option["series"].as_array().unwrap();
        let border = series.iter().find(|s| s["id"] == "simulated");
        border.map_or("none".to_owned(), |s| {
            let at = &drawing.datasets[s["datasetIndex"].as_u64().unwrap() as usize][0].values;
            format!("{} {at:?}", s["renderItem"].as_str().unwrap())
        })
    }

    fn over_time(before_ms: Option<f64>) -> BlockBody {
        let x = AxisSpec { scale: XScale::Time, min: Some(0.0), max: Some(100.0), ..AxisSpec::default() };
        let line = Line { title: "a".into(), x: vec![0.0, 100.0], y: vec![1.0, 2.0], ..Line::default() };
        BlockBody::Lines(Lines { x, lines: vec![line], simulated_before_ms: before_ms, ..Lines::default() })
    }

    #[test]
    fn the_border_stands_at_its_instant_or_at_the_end_of_the_axis() {
        assert_eq!(drawn(over_time(Some(40.0))), "fn:simulated:at [40.0]");
        assert_eq!(drawn(over_time(Some(100.0))), "fn:simulated:beyond [100.0]");
        assert_eq!(drawn(over_time(Some(1e9))), "fn:simulated:beyond [100.0]");
        assert_eq!(drawn(over_time(None)), "none");
    }

    #[test]
    fn a_heatmap_has_it_before_the_first_measured_column() {
        let map = |before_ms| {
            let column_times = vec![10.0, 20.0, 30.0];
            let rows = vec!["r".to_owned()];
            BlockBody::Matrix(Matrix {
                rows,
                column_times,
                values: vec![1.0, 2.0, 3.0],
                simulated_before_ms: Some(before_ms),
                ..Matrix::default()
            })
        };
        assert_eq!(drawn(map(20.0)), "fn:simulated:column [1.0]");
        assert_eq!(drawn(map(99.0)), "fn:simulated:beyond [2.0]");
    }
}
