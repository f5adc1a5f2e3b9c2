//! The conversation for label names, label values and alerts: one small answer, one table.

use serde_json::Value;

use super::answer::read_data;
use super::promql::{is_identifier, selector};
use super::request::{get, seconds};
use crate::calendar;
use crate::frame::{Column, Frame, Labels, Table, Values, Warning};
use crate::order::Order;
use crate::query::{LabelNamesQuery, LabelValuesQuery, TimeRange};
use crate::source::{Cause, Exchange, Failure, Request, Response};

/// What the one answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    LabelNames,
    LabelValues,
    Alerts,
}

/// One GET and the table it becomes.
pub(super) struct ListExchange {
    list: List,
    request: Option<Request>,
    frame: Frame,
}

impl ListExchange {
    /// Which labels a metric carries; `__name__` is left out.
    pub(super) fn label_names(query: &LabelNamesQuery) -> Result<Self, Failure> {
        let request = label_names_request(0, &selector(&query.metric, [])?, query.range);
        Ok(Self::new(List::LabelNames, request))
    }

    /// The values of a label.
    pub(super) fn label_values(query: &LabelValuesQuery) -> Result<Self, Failure> {
        if query.label.is_empty() {
            return Err(Failure::new(Cause::Configuration, "the label has no name"));
        }
        let path = format!("/api/v1/label/{}/values", path_name(&query.label));
        let range = query.range;
        let parameters = [("start", seconds(range.from_ms)), ("end", seconds(range.to_ms))];
        Ok(Self::new(List::LabelValues, get(0, &path, &parameters)))
    }

    /// The alerts that the server itself raises.
    pub(super) fn alerts() -> Self {
        Self::new(List::Alerts, get(0, "/api/v1/alerts", &[]))
    }

    fn new(list: List, request: Request) -> Self {
        Self { list, request: Some(request), frame: Frame::default() }
    }
}

/// Asks for the label names of what a selector selects.
pub(super) fn label_names_request(tag: u32, selector: &str, range: TimeRange) -> Request {
    let parameters =
        [("match[]", selector.to_owned()), ("start", seconds(range.from_ms)), ("end", seconds(range.to_ms))];
    get(tag, "/api/v1/labels", &parameters)
}

/// The label names in an answer, without `__name__`.
pub(super) fn label_names_of(data: &Value) -> Vec<String> {
    texts(data).filter(|name| *name != "__name__").map(str::to_owned).collect()
}

impl Exchange for ListExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        self.request.take().into_iter().collect()
    }

    fn receive(&mut self, _tag: u32, response: Response) -> Result<(), Failure> {
        if self.list == List::Alerts && is_unknown_address(&response) {
            // Servers that evaluate no rules may not know it at all.
            self.frame = alerts_frame(&Value::Null);
            self.frame.warnings.push(Warning::note("the server evaluates no alert rules", 1));
            return Ok(());
        }
        let data = read_data(&response)?;
        self.frame = match self.list {
            List::LabelNames => list_frame("name", label_names_of(&data)),
            List::LabelValues => list_frame("value", texts(&data).map(str::to_owned).collect()),
            List::Alerts => alerts_frame(&data),
        };
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        Ok(std::mem::take(&mut self.frame))
    }
}

/// 404, and what `VictoriaMetrics` says instead.
fn is_unknown_address(response: &Response) -> bool {
    let says = |words: &[u8]| response.body.windows(words.len()).any(|found| found == words);
    response.status == 404 || (response.status == 400 && says(b"unsupported path"))
}

fn texts(data: &Value) -> impl Iterator<Item = &str> {
    data.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn list_frame(name: &str, mut values: Vec<String>) -> Frame {
    values.sort();
    values.dedup();
    let column = Column::new(name, Values::text(values.into_iter().map(Some)));
    Frame::from_table(Table::new(vec![column]).unwrap_or_default())
}

/// Columns as [`crate::query::AlertsQuery`] names them, firing alerts first, then by name.
fn alerts_frame(data: &Value) -> Frame {
    let mut alerts: Vec<&Value> = data.get("alerts").and_then(Value::as_array).into_iter().flatten().collect();
    let text = |alert: &Value, path: &str| alert.pointer(path).and_then(Value::as_str).map(str::to_owned);
    alerts.order_by_key(|a| (text(a, "/state") != Some("firing".to_owned()), text(a, "/labels/alertname")));
    let column = |name: &str, cell: &dyn Fn(&Value) -> Option<String>| {
        Column::new(name, Values::text(alerts.iter().map(|alert| cell(alert))))
    };
    let since = alerts.iter().map(|a| text(a, "/activeAt").map_or(f64::NAN, |t| millis_from_rfc3339(&t)));
    let value = |a: &&Value| text(a, "/value").and_then(|t| super::number::sample_value(t.as_bytes()));
    let columns = vec![
        column("name", &|a| text(a, "/labels/alertname")),
        column("state", &|a| text(a, "/state")),
        column("severity", &|a| text(a, "/labels/severity")),
        column("summary", &|a| text(a, "/annotations/summary").or_else(|| text(a, "/annotations/description"))),
        column("labels", &|a| Some(labels_of(a).to_string())),
        Column::new("since", Values::Time(since.collect())),
        Column::new("value", Values::numbers(alerts.iter().map(|a| value(a).unwrap_or(f64::NAN)))),
    ];
    Frame::from_table(Table::new(columns).unwrap_or_default())
}

fn labels_of(alert: &Value) -> Labels {
    let pairs = alert.get("labels").and_then(Value::as_object).into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// An instant such as `2026-11-23T11:49:57.933467825Z`; `NaN` if it is none.
fn millis_from_rfc3339(text: &str) -> f64 {
    calendar::parse_instant(text).map_or(f64::NAN, |at_ms| at_ms as f64)
}

/// A label name in a path: names outside the classic model in Prometheus 3's `U__` form.
fn path_name(name: &str) -> String {
    if is_identifier(name, false) && !name.starts_with("U__") {
        return name.to_owned();
    }
    name.chars().fold("U__".to_owned(), |out, c| match c {
        '_' => out + "__",
        c if c.is_ascii_alphanumeric() => format!("{out}{c}"),
        c => format!("{out}_{:x}_", u32::from(c)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_outside_the_classic_model_are_escaped_in_paths() {
        assert_eq!(["model", "k8s.pod", "a_/é"].map(path_name), ["model", "U__k8s_2e_pod", "U__a___2f__e9_"]);
    }
}
