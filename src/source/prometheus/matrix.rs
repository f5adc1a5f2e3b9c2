//! Query answers into columns in one pass over the bytes, without a JSON tree.
//!
//! Reads the results `matrix`, `vector`, `scalar` and `string` in whichever order the members come.
//! A value that is no number is `NaN` and counted; the text's own mistakes are failures with their byte offset.

use super::number::{leading_number, millis_from_seconds, sample_value};
use super::scan::{Bad, Cursor};
use crate::frame::{Labels, Warning};

/// A parsed query answer.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Matrix {
    /// The series in the server's order.
    pub(super) series: Vec<Samples>,
    /// The server's own remarks, and what was wrong with values, counted.
    pub(super) warnings: Vec<Warning>,
    /// `error` and its `errorType`, if the server reports a failure.
    pub(super) error: Option<(String, String)>,
    n_not_numbers: u64,
    n_histograms: u64,
    n_out_of_order: u64,
}

/// One series as the server sent it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Samples {
    /// All labels, `__name__` included.
    pub(super) labels: Labels,
    /// Milliseconds, strictly increasing.
    pub(super) x: Vec<f64>,
    /// Values.
    pub(super) y: Vec<f64>,
}

/// Reads a body of `/query` or `/query_range`.
pub(super) fn parse(body: &[u8]) -> Result<Matrix, Bad> {
    let mut cursor = Cursor::new(body);
    let mut matrix = Matrix::default();
    let (mut status, mut error_type, mut error) = (String::new(), String::new(), String::new());
    let mut is_first = true;
    cursor.expect(b'{', "an object")?;
    while let Some(name) = cursor.next_member(&mut is_first)? {
        match name.as_ref() {
            "status" => status = cursor.string()?.into_owned(),
            "errorType" => error_type = cursor.string()?.into_owned(),
            "error" => error = cursor.string()?.into_owned(),
            "data" if cursor.peek() == Some(b'{') => matrix.read_data(&mut cursor)?,
            "warnings" if cursor.peek() == Some(b'[') => matrix.read_remarks(&mut cursor, Warning::gap)?,
            "infos" if cursor.peek() == Some(b'[') => matrix.read_remarks(&mut cursor, Warning::note)?,
            // A VictoriaMetrics cluster says so.
            "isPartial" if cursor.peek() == Some(b't') => {
                cursor.skip_value()?;
                matrix.count("not all of the server's nodes answered", 1);
            }
            _ => cursor.skip_value()?,
        }
    }
    if cursor.peek().is_some() {
        return Err(cursor.bad("the end"));
    }
    if status == "error" || !error.is_empty() {
        matrix.error = Some((error_type, error));
    } else if status != "success" {
        return Err(Bad { at: 0, expected: "a Prometheus answer with `status`" });
    }
    matrix.count("values were not numbers", matrix.n_not_numbers);
    matrix.count("native histograms are not shown", matrix.n_histograms);
    matrix.count("points were out of order", matrix.n_out_of_order);
    Ok(matrix)
}

impl Matrix {
    fn count(&mut self, text: &str, count: u64) {
        if count > 0 {
            self.warnings.push(Warning::gap(text, count));
        }
    }

    fn read_remarks(&mut self, cursor: &mut Cursor, kind: fn(String, u64) -> Warning) -> Result<(), Bad> {
        let mut is_first = true;
        cursor.expect(b'[', "a list")?;
        while cursor.next_item(&mut is_first)? {
            self.warnings.push(kind(cursor.string()?.into_owned(), 1).quoting());
        }
        Ok(())
    }

    fn read_data(&mut self, cursor: &mut Cursor) -> Result<(), Bad> {
        let mut is_first = true;
        cursor.expect(b'{', "an object")?;
        while let Some(name) = cursor.next_member(&mut is_first)? {
            if name == "result" && cursor.peek() == Some(b'[') {
                self.read_result(cursor)?;
            } else {
                cursor.skip_value()?;
            }
        }
        Ok(())
    }

    /// A list of series, or one point: a scalar starts with a number where a series starts with a brace.
    fn read_result(&mut self, cursor: &mut Cursor) -> Result<(), Bad> {
        let mut ahead = cursor.clone();
        ahead.advance(1);
        if ahead.peek().is_some_and(|b| b == b'-' || b.is_ascii_digit()) {
            let mut scalar = Samples::default();
            self.read_point(cursor, &mut scalar)?;
            self.series.push(scalar);
            return Ok(());
        }
        let mut is_first = true;
        cursor.expect(b'[', "a list")?;
        while cursor.next_item(&mut is_first)? {
            let series = self.read_series(cursor)?;
            if !series.x.is_empty() {
                self.series.push(series);
            }
        }
        Ok(())
    }

    fn read_series(&mut self, cursor: &mut Cursor) -> Result<Samples, Bad> {
        let mut series = Samples::default();
        let mut is_first = true;
        cursor.expect(b'{', "a series")?;
        while let Some(name) = cursor.next_member(&mut is_first)? {
            match name.as_ref() {
                "metric" => series.labels = read_labels(cursor)?,
                "values" => self.read_points(cursor, &mut series)?,
                "value" => self.read_point(cursor, &mut series)?,
                "histogram" | "histograms" => {
                    self.n_histograms += 1;
                    cursor.skip_value()?;
                }
                _ => cursor.skip_value()?,
            }
        }
        Ok(series)
    }

    fn read_points(&mut self, cursor: &mut Cursor, series: &mut Samples) -> Result<(), Bad> {
        let mut is_first = true;
        cursor.expect(b'[', "a list of points")?;
        while cursor.next_item(&mut is_first)? {
            self.read_point(cursor, series)?;
        }
        Ok(())
    }

    /// `[seconds, "value"]`.
    #[inline]
    fn read_point(&mut self, cursor: &mut Cursor, series: &mut Samples) -> Result<(), Bad> {
        let (x, y) = if let Some((x, y, n)) = compact_point(cursor.rest()) {
            cursor.advance(n);
            (x, y)
        } else {
            self.read_any_point(cursor)?
        };
        if series.x.last().is_none_or(|&last| x > last) {
            series.x.push(x);
            series.y.push(y);
        } else {
            self.n_out_of_order += 1;
        }
        Ok(())
    }

    #[cold]
    fn read_any_point(&mut self, cursor: &mut Cursor) -> Result<(f64, f64), Bad> {
        cursor.expect(b'[', "a point")?;
        cursor.peek();
        let place = cursor.bad("a timestamp in seconds");
        let seconds = sample_value(cursor.word()).filter(|s| s.is_finite()).ok_or(place)?;
        cursor.expect(b',', "a comma")?;
        let value = if cursor.peek() == Some(b'"') {
            sample_value(cursor.string()?.as_bytes())
        } else {
            let place = cursor.bad("a value");
            let word = cursor.word();
            if word.is_empty() {
                return Err(place);
            }
            sample_value(word)
        };
        self.n_not_numbers += u64::from(value.is_none());
        cursor.expect(b']', "the end of a point")?;
        Ok((millis_from_seconds(seconds), value.unwrap_or(f64::NAN)))
    }
}

/// A point without white space whose value is a plain number, and the bytes it took: nearly every point there is.
#[inline]
fn compact_point(text: &[u8]) -> Option<(f64, f64, usize)> {
    if text.first() != Some(&b'[') {
        return None;
    }
    let (seconds, n) = leading_number(text.get(1..)?)?;
    let mut at = 1 + n;
    if text.get(at..at + 2) != Some(b",\"") {
        return None;
    }
    at += 2;
    let (value, n) = leading_number(text.get(at..)?)?;
    at += n;
    (text.get(at..at + 2) == Some(b"\"]")).then_some((millis_from_seconds(seconds), value, at + 2))
}

fn read_labels(cursor: &mut Cursor) -> Result<Labels, Bad> {
    let mut labels = Labels::new();
    let mut is_first = true;
    cursor.expect(b'{', "labels")?;
    while let Some(name) = cursor.next_member(&mut is_first)? {
        labels.set(name, cursor.string()?);
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn first(body: &str) -> Samples {
        parse(body.as_bytes()).unwrap().series.remove(0)
    }

    #[test]
    fn a_matrix_becomes_columns() {
        let body = r#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"a":"x\"y"},"values":[[1.5,"1"],[ 2 , "NaN" ],[3,"+Inf"],[4,"1e3"]]}]}}"#;
        let series = first(body);
        assert_eq!(series.labels, Labels::new().with("a", "x\"y"));
        assert_eq!(series.x, [1_500.0, 2_000.0, 3_000.0, 4_000.0]);
        assert_eq!(format!("{:?}", series.y), "[1.0, NaN, inf, 1000.0]");
    }

    #[test]
    fn the_order_of_members_does_not_matter() {
        let body =
            r#"{"data":{"result":[{"values":[[1,"2"]],"metric":{"a":"b"}}],"resultType":"matrix"},"status":"success"}"#;
        assert_eq!(first(body).y, [2.0]);
    }

    #[test]
    fn a_scalar_is_a_series_without_labels() {
        let series = first(r#"{"status":"success","data":{"resultType":"scalar","result":[1795434720.092,"+Inf"]}}"#);
        assert_eq!((series.x, series.y), (vec![1_795_434_720_092.0], vec![f64::INFINITY]));
    }

    #[test]
    fn bad_data_is_counted_and_the_rest_stays() {
        let body = r#"{"status":"success","warnings":["w"],"infos":["i"],"data":{"resultType":"matrix","result":[
            {"metric":{},"values":[[1,"x"],[2,null],[2,"5"],[3,"6"]]},{"metric":{},"histograms":[[1,{"count":"2"}]]}]}}"#;
        let matrix = parse(body.as_bytes()).unwrap();
        let texts: Vec<_> = matrix.warnings.iter().map(|w| format!("{} {}", w.count, w.text)).collect();
        assert_eq!(
            texts,
            [
                "1 w",
                "1 i",
                "2 values were not numbers",
                "1 native histograms are not shown",
                "1 points were out of order"
            ]
        );
        assert_eq!(format!("{:?}", matrix.series[0].y), "[NaN, NaN, 6.0]");
    }

    #[test]
    fn a_partial_answer_is_said_to_be_one() {
        let body = |is_partial: &str| {
            let body = format!(r#"{{"status":"success","isPartial":{is_partial},"data":{{"result":[]}}}}"#);
            parse(body.as_bytes()).unwrap().warnings.len()
        };
        assert_eq!((body("true"), body("false")), (1, 0));
    }

    #[test]
    fn a_cut_body_fails_at_its_end() {
        let body = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"],[2,"#;
        assert_eq!(parse(body.as_bytes()).unwrap_err().at, body.len());
    }

    #[test]
    fn what_is_no_answer_of_prometheus_fails() {
        for body in ["", "null", "[]", "{}", "<html>", r#"{"a":1}"#, r#"{"status":"success"} x"#] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    fn body_of(series: &[(String, Vec<Option<f64>>)]) -> String {
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let result = series.iter().map(|(label, ys)| {
            let value = |y: &Option<f64>| y.map_or("NaN".to_owned(), |y| y.to_string());
            let points = ys.iter().enumerate().map(|(i, y)| format!("[{i},\"{}\"]", value(y)));
            let points = points.collect::<Vec<_>>().join(",");
            format!(r#"{{"metric":{{"l":{}}},"values":[{points}]}}"#, quoted(label))
        });
        let result = result.collect::<Vec<_>>().join(",");
        format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{result}]}}}}"#)
    }

    fn any_series() -> impl Strategy<Value = Vec<(String, Vec<Option<f64>>)>> {
        let y = prop::option::weighted(0.9, any::<f64>().prop_filter("finite", |y| y.is_finite()));
        prop::collection::vec((any::<String>(), prop::collection::vec(y, 1..20)), 0..6)
    }

    proptest! {
        #[test]
        fn every_matrix_survives(series in any_series()) {
            let matrix = parse(body_of(&series).as_bytes()).unwrap();
            prop_assert_eq!(matrix.series.len(), series.len());
            for (found, (label, ys)) in matrix.series.iter().zip(&series) {
                prop_assert_eq!(found.labels.get("l"), Some(label.as_str()));
                let bits: Vec<u64> = ys.iter().map(|y| y.unwrap_or(f64::NAN).to_bits()).collect();
                prop_assert_eq!(found.y.iter().map(|y| y.to_bits()).collect::<Vec<_>>(), bits);
            }
        }

        #[test]
        fn a_damaged_body_never_panics(
            series in any_series(), cut in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            let mut body = body_of(&series).into_bytes();
            let at = at.index(body.len());
            body[at] = byte;
            if let Err(bad) = parse(&body) {
                prop_assert!(bad.at <= body.len());
            }
            body.truncate(cut.index(body.len() + 1));
            let _ = parse(&body);
        }

        #[test]
        fn any_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }
    }
}
