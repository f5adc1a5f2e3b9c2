//! The address: a selection as a query string, in Grafana's words.
//!
//! Reads generously (aliases, any order), writes one form. Defaults are not written, unknown parameters are kept in order,
//! and a bad value falls back to the default with a notice. Never fails.

use super::escape::{escape, percent_decode, percent_encode, split_escaped};
use super::time::{resolve_time, span_in_words};
use super::zone::FixedZone;
use super::{Comparison, Selection, TimeInput, Zone};

const MIN_REFRESH_SECONDS: u32 = 5;
const MAX_REFRESH_SECONDS: u32 = 86_400;
const SPANS: [(char, u32); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// A parameter of the address that could not be taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Name of the parameter.
    pub parameter: String,
    /// What it said. Hostile.
    pub found: String,
    /// What is wrong, and what holds instead.
    pub text: String,
}

impl Notice {
    pub(super) fn new(parameter: &str, found: &str, text: impl Into<String>) -> Self {
        Self { parameter: parameter.to_owned(), found: found.to_owned(), text: text.into() }
    }
}

/// The selection that a query string (with or without its `?`) describes, and what in it could not be taken as it is.
///
/// ```
/// use sightline::state::{parse, to_query};
/// let (selection, notices) = parse("?var-model=fraud&start=now-7d&theme=pink");
/// assert_eq!(to_query(&selection), "from=now-7d&var-model=fraud");
/// assert_eq!(notices[0].parameter, "theme");
/// ```
pub fn parse(query: &str) -> (Selection, Vec<Notice>) {
    let mut reader = Reader::default();
    for pair in query.strip_prefix('?').unwrap_or(query).split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        reader.take(&percent_decode(name), &percent_decode(value));
    }
    (reader.selection, reader.notices)
}

#[derive(Default)]
struct Reader {
    selection: Selection,
    notices: Vec<Notice>,
    seen: Vec<&'static str>,
}

impl Reader {
    fn take(&mut self, name: &str, value: &str) {
        let single = match name {
            "workspace" => "workspace",
            "role" => "role",
            "d" => "d",
            "panel" | "viewPanel" => "panel",
            "from" | "start" => "from",
            "to" | "end" => "to",
            "tz" | "timezone" => "tz",
            "refresh" => "refresh",
            "at" => "at",
            "kiosk" => "kiosk",
            "theme" => "theme",
            _ => return self.take_repeated(name, value),
        };
        if self.seen.contains(&single) {
            return self.notice(name, value, "is given twice; the first one holds");
        }
        self.seen.push(single);
        self.take_single(single, name, value);
    }

    fn take_single(&mut self, single: &str, name: &str, value: &str) {
        let text = || Some(value.to_owned()).filter(|v| !v.is_empty());
        let selection = &mut self.selection;
        let mut problem = None;
        match single {
            "workspace" if value.is_empty() || is_workspace_name(value) => selection.workspace = text(),
            "workspace" => problem = Some("is not a workspace's name; the default holds".to_owned()),
            "role" => selection.role = text(),
            "d" => selection.dashboard = text(),
            "panel" => selection.panel = text(),
            "from" | "to" => match checked_time(value) {
                Ok(time) if single == "from" => selection.from = Some(time),
                Ok(time) => selection.to = Some(time),
                Err(text) => problem = Some(text),
            },
            "tz" => match zone_of(value) {
                Some(zone) => selection.zone = zone,
                None => problem = Some("is not a time zone name; the browser's holds".to_owned()),
            },
            "refresh" => match refresh_of(value) {
                Ok((seconds, text)) => (selection.refresh_seconds, problem) = (seconds, text),
                Err(text) => problem = Some(text),
            },
            "at" => match finite(value) {
                Some(at) => selection.at = Some(at),
                None => problem = Some("is not a number; no point is focused".to_owned()),
            },
            "kiosk" => selection.kiosk = !matches!(value, "0" | "false"),
            "theme" => match value {
                "light" | "dark" => selection.theme = text(),
                "system" | "" => {}
                _ => problem = Some("is not a theme (light, dark, system); the system's holds".to_owned()),
            },
            _ => {}
        }
        if let Some(problem) = problem {
            self.notice(name, value, problem);
        }
    }

    fn take_repeated(&mut self, name: &str, value: &str) {
        let part = |prefix: &str| name.strip_prefix(prefix).filter(|rest| !rest.is_empty());
        if name == "compare" {
            self.take_comparison(value);
        } else if let Some(dimension) = part("var-") {
            self.take_filter(dimension, value);
        } else if let Some(model) = part("threshold-") {
            match finite(value).filter(|v| (0.0..=1.0).contains(v)) {
                Some(threshold) => drop(self.selection.thresholds.insert(model.to_owned(), threshold)),
                None => self.notice(name, value, "is not a threshold from 0 to 1; the model's own holds"),
            }
        } else if let Some(axis) = part("brush-") {
            let ends = value.split_once("..").and_then(|(low, high)| Some((finite(low)?, finite(high)?)));
            match ends {
                Some((a, b)) => drop(self.selection.brushes.insert(axis.to_owned(), (a.min(b), a.max(b)))),
                None => self.notice(name, value, "is not an interval such as 0.1..0.5; the axis is not brushed"),
            }
        } else if let Some((panel, setting)) = part("set-").and_then(setting_of) {
            self.selection.settings.entry(panel).or_default().insert(setting, value.to_owned());
        } else {
            self.selection.unknown.push((name.to_owned(), value.to_owned()));
        }
    }

    fn take_filter(&mut self, dimension: &str, value: &str) {
        if matches!(value, "$__all" | "All") {
            return;
        }
        let filter = self.selection.filters.entry(dimension.to_owned()).or_default();
        let (values, value) = match value.strip_prefix('!') {
            Some(excluded) => (&mut filter.exclude, excluded),
            None => (&mut filter.include, value.strip_prefix('\\').unwrap_or(value)),
        };
        if !values.iter().any(|v| v == value) {
            values.push(value.to_owned());
        }
    }

    fn take_comparison(&mut self, value: &str) {
        if matches!(value, "" | "off") {
            return;
        }
        match comparison_of(value) {
            Ok(comparison) if self.selection.compare.contains(&comparison) => {}
            Ok(comparison) => self.selection.compare.push(comparison),
            Err(text) => self.notice("compare", value, text),
        }
    }

    fn notice(&mut self, parameter: &str, found: &str, text: impl Into<String>) {
        self.notices.push(Notice::new(parameter, found, text));
    }
}

/// A link can never name a new origin or leave the folder: only a plain name, or `local:` and a plain name.
fn is_workspace_name(text: &str) -> bool {
    let name = text.strip_prefix("local:").unwrap_or(text);
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_plain)
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|v: &f64| v.is_finite())
}

fn setting_of(name: &str) -> Option<(String, String)> {
    match split_escaped(name, '.') {
        (panel, Some(setting)) if !panel.is_empty() && !setting.is_empty() => Some((panel, setting)),
        _ => None,
    }
}

/// Checks the grammar only; the instant depends on the clock and the zone.
fn checked_time(text: &str) -> Result<TimeInput, String> {
    match resolve_time(text, false, 0, &FixedZone::utc()) {
        Ok(_) => Ok(TimeInput(text.trim().to_owned())),
        Err(error) => Err(format!("{}; the default holds", error.reason)),
    }
}

fn zone_of(text: &str) -> Option<Zone> {
    let is_name = |t: &str| t.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
    match text {
        "" | "browser" => Some(Zone::Browser),
        _ if text.eq_ignore_ascii_case("utc") => Some(Zone::Utc),
        _ => is_name(text).then(|| Zone::Named(text.to_owned())),
    }
}

/// Seconds (`Some(0)` is "auto"), and a remark where they had to be moved into bounds.
fn refresh_of(text: &str) -> Result<(Option<u32>, Option<String>), String> {
    match text {
        "" | "off" => return Ok((None, None)),
        "auto" => return Ok((Some(0), None)),
        _ => {}
    }
    let split = text.chars().next_back().and_then(|unit| {
        let (_, unit_seconds) = SPANS.into_iter().find(|(id, _)| *id == unit)?;
        let count: u32 = text.get(..text.len() - 1)?.parse().ok()?;
        Some(count.saturating_mul(unit_seconds))
    });
    let seconds = split.ok_or("is not an interval such as 30s, 5m or auto; refresh is off")?;
    let bounded = seconds.clamp(MIN_REFRESH_SECONDS, MAX_REFRESH_SECONDS);
    let remark = (bounded != seconds).then(|| format!("is out of bounds; {} holds", refresh_text(bounded)));
    Ok((Some(bounded), remark))
}

fn refresh_text(seconds: u32) -> String {
    let whole =
        SPANS.into_iter().find(|(_, unit_seconds)| seconds >= *unit_seconds && seconds.is_multiple_of(*unit_seconds));
    whole.map_or_else(|| "auto".to_owned(), |(id, unit_seconds)| format!("{}{id}", seconds / unit_seconds))
}

/// Reads `previous`, `offset:1w`, `window:a..b`, `model:id@version`, `segment:id`, `region:id`.
fn comparison_of(text: &str) -> Result<Comparison, String> {
    if text == "previous" {
        return Ok(Comparison::Previous);
    }
    let (kind, value) = text.split_once(':').unwrap_or((text, ""));
    match kind {
        "offset" if span_in_words(value).is_some() => Ok(Comparison::Offset(value.to_owned())),
        "offset" => Err("is not an offset such as 1w or 1y; it is left out".to_owned()),
        "window" => {
            let ends = value.split_once("..").and_then(|(a, b)| Some((checked_time(a).ok()?, checked_time(b).ok()?)));
            let (from, to) = ends.ok_or("is not a window such as now-2d..now-1d; it is left out")?;
            Ok(Comparison::Window(from, to))
        }
        "model" if !value.is_empty() => {
            let (id, version) = split_escaped(value, '@');
            Ok(Comparison::Model(id, version))
        }
        "segment" if !value.is_empty() => Ok(Comparison::Segment(value.to_owned())),
        "region" if !value.is_empty() => Ok(Comparison::Region(value.to_owned())),
        _ => {
            Err("is not a comparison (previous, offset:, window:, model:, segment:, region:); it is left out"
                .to_owned())
        }
    }
}

fn comparison_text(comparison: &Comparison) -> String {
    match comparison {
        Comparison::Previous => "previous".to_owned(),
        Comparison::Offset(span) => format!("offset:{span}"),
        Comparison::Window(from, to) => format!("window:{}..{}", from.0, to.0),
        Comparison::Model(id, None) => format!("model:{}", escape(id, '@')),
        Comparison::Model(id, Some(version)) => format!("model:{}@{}", escape(id, '@'), escape(version, '@')),
        Comparison::Segment(id) => format!("segment:{id}"),
        Comparison::Region(id) => format!("region:{id}"),
    }
}

/// The query string of a selection, without `?`; empty when everything is at its default.
///
/// Equal selections give equal text: the order of parameters is fixed, unknown ones come last in their own order.
pub fn to_query(selection: &Selection) -> String {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            pairs.push((name.to_owned(), value.to_owned()));
        }
    };
    let time = |input: &'_ Option<TimeInput>| input.as_ref().map(|t| t.0.clone());
    put("workspace", selection.workspace.as_deref());
    put("role", selection.role.as_deref());
    put("d", selection.dashboard.as_deref());
    put("panel", selection.panel.as_deref());
    put("from", time(&selection.from).as_deref());
    put("to", time(&selection.to).as_deref());
    put("tz", zone_text(&selection.zone));
    put("refresh", selection.refresh_seconds.map(refresh_text).as_deref());
    for (dimension, filter) in &selection.filters {
        let name = format!("var-{dimension}");
        for value in &filter.include {
            let needs_escape = value.starts_with(['!', '\\']) || matches!(value.as_str(), "$__all" | "All");
            put(&name, Some(&format!("{}{value}", if needs_escape { "\\" } else { "" })));
        }
        for value in &filter.exclude {
            put(&name, Some(&format!("!{value}")));
        }
    }
    for comparison in &selection.compare {
        put("compare", Some(&comparison_text(comparison)));
    }
    put("at", selection.at.map(|at| at.to_string()).as_deref());
    for (model, threshold) in &selection.thresholds {
        put(&format!("threshold-{model}"), Some(&threshold.to_string()));
    }
    for (axis, (low, high)) in &selection.brushes {
        put(&format!("brush-{axis}"), Some(&format!("{low}..{high}")));
    }
    for (panel, settings) in &selection.settings {
        for (name, value) in settings {
            put(&format!("set-{}.{}", escape(panel, '.'), escape(name, '.')), Some(value));
        }
    }
    put("kiosk", selection.kiosk.then_some(""));
    put("theme", selection.theme.as_deref());
    pairs.extend(selection.unknown.iter().cloned());
    let coded = |(name, value): &(String, String)| match value.as_str() {
        "" if !name.is_empty() && !name.starts_with("var-") => percent_encode(name),
        _ => format!("{}={}", percent_encode(name), percent_encode(value)),
    };
    pairs.iter().map(coded).collect::<Vec<_>>().join("&")
}

fn zone_text(zone: &Zone) -> Option<&str> {
    match zone {
        Zone::Browser => None,
        Zone::Utc => Some("utc"),
        Zone::Named(name) => Some(name),
    }
}

#[cfg(test)]
mod tests;
