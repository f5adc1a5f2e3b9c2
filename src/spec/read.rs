//! A document from its text, element by element: one mistake costs one element, and is reported with its place.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::locate::{Path, Step, locate};
use super::login::login_mistake;
use super::secure::{address_mistake, find_secret, shown_address};
use super::typed::{fields_of, from_value};
use super::upgrade::upgrade;
use super::validate::validate;
use super::{
    DashboardSpec, DimensionSpec, Document, FieldList, KIND, LoginSpec, Metadata, MetricSpec, ModelIdentity, ModelSpec,
    PanelSpec, Placement, Privacy, Problem, RoleSpec, SectionSpec, SourceSpec, Threshold, Workspace,
};

/// A document that could be read, and what in it could not.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The document with its defaults filled in, without the elements that could not be read.
    pub document: Document,
    /// What is wrong with the rest, in the order of the lists.
    pub problems: Vec<Problem>,
}

impl Read {
    /// Why an element is missing: for the error card in its place. `list` is `panels`, `metrics`, ...
    pub fn dropped(&self, list: &str, id: &str) -> Option<&Problem> {
        self.problems.iter().find(|p| p.dropped.as_ref().is_some_and(|(l, i)| *l == list && i == id))
    }
}

/// Reads a workspace document and fills in its defaults.
///
/// # Errors
/// Only when nothing can be shown: the text is not JSON, not a workspace, or of a newer version.
///
/// ```
/// use sightline::spec::read;
/// let text = r#"{"apiVersion": "sightline.dev/v1", "kind": "Workspace", "metadata": {"name": "a"}, "spec": {"panels": {"p": {"kind": "drfit"}}}}"#;
/// let read = read(text).unwrap();
/// assert_eq!(read.problems[0].nearest.as_deref(), Some("drift"));
/// assert!(read.dropped("panels", "p").is_some());
/// assert_eq!(read.document.spec.roles.len(), 4);
/// ```
pub fn read(text: &str) -> Result<Read, Box<Problem>> {
    let placed = |problem: Problem| {
        let place = locate(text, &problem.path);
        // Behind the quote that opens the text.
        let within = |(line, column): (usize, usize)| (line, column + problem.offset.map_or(0, |offset| offset + 1));
        Problem { place: place.map(within), ..problem }
    };
    let boxed = |problem: Box<Problem>| Box::new(placed(*problem));
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let found = error.to_string();
        let found = found.split(" at line ").next().unwrap_or_default().to_owned();
        let place = Some((error.line(), error.column()));
        Box::new(Problem { place, ..Problem::new(Path::default(), found, "JSON") })
    })?;
    envelope(&value).map_err(boxed)?;
    let value = upgrade(value).map_err(boxed)?;
    let mut reader = Reader::default();
    let document = reader.document(&value);
    let semantic = validate(&document.spec);
    let Reader { mut problems, kept } = reader;
    problems.extend(semantic.into_iter().map(|p| Problem { path: as_written(&p.path, &kept), ..p }));
    let problems = problems.into_iter().map(placed).collect();
    Ok(Read { document, problems })
}

fn envelope(value: &Value) -> Result<(), Box<Problem>> {
    let top = Path::default();
    let problem = if !value.is_object() {
        let expected = "a workspace document, an object with apiVersion, kind, metadata and spec";
        Problem::new(top, kind_of(value), expected)
    } else if let Some(spec) = value.get("spec").filter(|spec| !spec.is_object()) {
        Problem::new(top.key("spec"), kind_of(spec), "an object")
    } else {
        match value.get("kind").and_then(Value::as_str) {
            Some(KIND) => return Ok(()),
            Some(kind) => Problem::new(top.key("kind"), format!("\"{kind}\""), format!("\"{KIND}\"")).near([KIND]),
            None => Problem::new(top.key("kind"), "no text there", format!("\"{KIND}\"")),
        }
    };
    Err(Box::new(problem))
}

/// Indices of the elements that were kept, by the path of their list.
type Kept = HashMap<String, Vec<usize>>;

/// The path as the text has it: positions in the shortened lists become positions in the written ones.
fn as_written(path: &Path, kept: &Kept) -> Path {
    path.0.iter().fold(Path::default(), |written, step| match step {
        Step::Key(key) => written.key(key),
        Step::Index(index) => {
            let original = kept.get(&written.to_string()).and_then(|list| list.get(*index));
            written.index(original.copied().unwrap_or(*index))
        }
    })
}

#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
    kept: Kept,
}

impl Reader {
    fn document(&mut self, value: &Value) -> Document {
        let top = Path::default();
        self.unknown_fields::<Document>(value, &top);
        let schema = value.get("$schema").and_then(Value::as_str).map(str::to_owned);
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let metadata = self.member::<Metadata>(value, &top, "metadata");
        let spec = self.workspace(value.get("spec").unwrap_or(&Value::Null));
        Document { schema, api_version: text("apiVersion"), kind: text("kind"), metadata, spec: spec.with_defaults() }
    }

    fn workspace(&mut self, spec: &Value) -> Workspace {
        let path = Path::default().key("spec");
        self.unknown_fields::<Workspace>(spec, &path);
        Workspace {
            sources: self.list(spec, "sources", |reader, value, path| {
                if let Some((url, expected)) =
                    value.get("url").and_then(Value::as_str).and_then(|u| Some((u, address_mistake(u)?)))
                {
                    reader.problems.push(Problem::new(path.clone().key("url"), shown_address(url), expected));
                    return None;
                }
                if let Some(login) = value.get("login").filter(|login| login.is_object()) {
                    reader.unknown_fields::<LoginSpec>(login, &path.clone().key("login"));
                }
                let source = reader.element::<SourceSpec>(value, path)?;
                let Some((at, found, expected)) = login_mistake(&source) else { return Some(source) };
                let place = at.iter().fold(path.clone(), |place, member| place.key(*member));
                reader.problems.push(Problem::new(place, found, expected));
                None
            }),
            dimensions: self.list(spec, "dimensions", Self::element::<DimensionSpec>),
            models: self.list(spec, "models", |reader, value, path| {
                for (source, identity) in value.get("identity").and_then(Value::as_object).into_iter().flatten() {
                    reader.unknown_fields::<ModelIdentity>(identity, &path.clone().key("identity").key(source));
                }
                reader.element::<ModelSpec>(value, path)
            }),
            metrics: self.list(spec, "metrics", |reader, value, path| {
                for (index, threshold) in elements(value, "thresholds") {
                    reader.unknown_fields::<Threshold>(threshold, &path.clone().key("thresholds").index(index));
                }
                reader.element::<MetricSpec>(value, path)
            }),
            roles: self.list(spec, "roles", Self::element::<RoleSpec>),
            dashboards: self.list(spec, "dashboards", |reader, value, path| {
                let mut value = value.clone();
                reader.prune(&mut value, "sections", path, &mut |reader, section, path| {
                    reader.prune(section, "panels", path, &mut |reader, placement, path| {
                        reader.element::<Placement>(placement, path).is_some()
                    });
                    reader.element::<SectionSpec>(section, path).is_some()
                });
                reader.element::<DashboardSpec>(&value, path)
            }),
            panels: self.panels(spec),
            privacy: self.privacy(spec, &path),
            embed: self.member(spec, &path, "embed"),
        }
    }

    /// Reads the elements of a list; those that cannot be read, repeat an id or hold a secret are reported and left out.
    fn list<T>(
        &mut self,
        spec: &Value,
        list: &'static str,
        mut read: impl FnMut(&mut Self, &Value, &Path) -> Option<T>,
    ) -> Vec<T> {
        let path = Path::default().key("spec").key(list);
        self.expect(spec, list, "a list", Value::is_array, &path);
        let (mut values, mut kept, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        for (index, element) in elements(spec, list) {
            let here = path.clone().index(index);
            let id = element.get("id").and_then(Value::as_str).unwrap_or_default();
            let n_before = self.problems.len();
            let value = if ids.contains(&id) && !id.is_empty() {
                let expected = "an id that no other element of the list has; the first one holds";
                self.problems.push(Problem::new(here.clone().key("id"), format!("\"{id}\""), expected));
                None
            } else if self.has_no_secret(element, &here) {
                read(self, element, &here)
            } else {
                None
            };
            match value {
                Some(value) => {
                    ids.push(id);
                    kept.push(index);
                    values.push(value);
                }
                None if id.is_empty() => self.mark_dropped(n_before, list, &index.to_string()),
                None => self.mark_dropped(n_before, list, id),
            }
        }
        self.kept.insert(path.to_string(), kept);
        values
    }

    fn panels(&mut self, spec: &Value) -> BTreeMap<String, PanelSpec> {
        let path = Path::default().key("spec").key("panels");
        self.expect(spec, "panels", "an object with a panel by id", Value::is_object, &path);
        let mut panels = BTreeMap::new();
        for (id, value) in spec.get("panels").and_then(Value::as_object).into_iter().flatten() {
            let here = path.clone().key(id);
            let n_before = self.problems.len();
            let panel = if self.has_no_secret(value, &here) { self.element::<PanelSpec>(value, &here) } else { None };
            match panel {
                Some(panel) => drop(panels.insert(id.clone(), panel)),
                None => self.mark_dropped(n_before, "panels", id),
            }
        }
        panels
    }

    /// Member by member: what cannot be read of it costs nothing else, and of the lists of fields it hides more, not less.
    fn privacy(&mut self, spec: &Value, path: &Path) -> Privacy {
        let path = path.clone().key("privacy");
        let Some(value) = spec.get("privacy") else { return Privacy::default() };
        if !value.is_object() {
            self.expect(spec, "privacy", "an object", Value::is_object, &path);
            return Privacy { fields: Some(BTreeMap::new()), ..Privacy::default() };
        }
        self.unknown_fields::<Privacy>(value, &path);
        Privacy {
            hidden_columns: self.member(value, &path, "hiddenColumns"),
            small_cells: self.member(value, &path, "smallCells"),
            fields: value.get("fields").map(|lists| {
                let path = path.key("fields");
                self.expect(value, "fields", "an object with a list of fields by role", Value::is_object, &path);
                let roles = lists.as_object().into_iter().flatten();
                roles.map(|(role, _)| (role.clone(), self.member::<FieldList>(lists, &path, role))).collect()
            }),
        }
    }

    /// Removes the elements of `value[name]` for which `keep` says no.
    fn prune(
        &mut self,
        value: &mut Value,
        name: &str,
        path: &Path,
        keep: &mut dyn FnMut(&mut Self, &mut Value, &Path) -> bool,
    ) {
        let list = path.clone().key(name);
        let Some(elements) = value.get_mut(name).and_then(Value::as_array_mut) else {
            return;
        };
        let mut kept = Vec::new();
        let mut index = 0;
        elements.retain_mut(|element| {
            let is_kept = keep(self, element, &list.clone().index(index));
            if is_kept {
                kept.push(index);
            }
            index += 1;
            is_kept
        });
        self.kept.insert(list.to_string(), kept);
    }

    /// One value of a type; `None` with a problem if it cannot be read.
    fn element<T: DeserializeOwned>(&mut self, value: &Value, path: &Path) -> Option<T> {
        self.unknown_fields::<T>(value, path);
        match from_value::<T>(value) {
            Ok(read) => Some(read),
            Err((below, message)) => {
                let path = Path(path.0.iter().cloned().chain(below.0).collect());
                self.problems.push(type_problem(path, &message));
                None
            }
        }
    }

    fn member<T: DeserializeOwned + Default>(&mut self, parent: &Value, path: &Path, name: &str) -> T {
        let read = parent.get(name).and_then(|value| self.element(value, &path.clone().key(name)));
        read.unwrap_or_default()
    }

    fn expect(&mut self, parent: &Value, name: &str, expected: &str, is_right: fn(&Value) -> bool, path: &Path) {
        if let Some(value) = parent.get(name).filter(|v| !is_right(v)) {
            self.problems.push(Problem::new(path.clone(), kind_of(value), expected));
        }
    }

    fn has_no_secret(&mut self, value: &Value, path: &Path) -> bool {
        let secret = find_secret(value, path);
        let is_clean = secret.is_none();
        if let Some(path) = secret {
            let expected = "no secrets in the document; the viewer types them in";
            self.problems.push(Problem::new(path, "what looks like a secret", expected));
        }
        is_clean
    }

    fn unknown_fields<'de, T: Deserialize<'de>>(&mut self, value: &Value, path: &Path) {
        let known = fields_of::<T>();
        for name in value.as_object().into_iter().flatten().map(|(name, _)| name) {
            if !known.is_empty() && !known.contains(&name.as_str()) {
                let expected = format!("one of the fields {}", known.join(", "));
                let problem = Problem::new(path.clone().key(name), format!("\"{name}\""), expected);
                self.problems.push(problem.near(known.iter().copied()));
            }
        }
    }

    fn mark_dropped(&mut self, n_before: usize, list: &'static str, id: &str) {
        for problem in self.problems.iter_mut().skip(n_before).rev().take(1) {
            problem.dropped = Some((list, id.to_owned()));
        }
    }
}

fn elements<'a>(parent: &'a Value, name: &str) -> impl Iterator<Item = (usize, &'a Value)> + use<'a> {
    parent.get(name).and_then(Value::as_array).into_iter().flatten().enumerate()
}

/// A problem from serde's message, whose forms are fixed by `serde::de::Error`.
fn type_problem(path: Path, message: &str) -> Problem {
    let names = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    if message.starts_with("unknown variant") || message.starts_with("unknown field") {
        let mut all = names(message);
        let found = if all.is_empty() { String::new() } else { all.remove(0) };
        let expected = format!("one of {}", all.join(", "));
        return Problem::new(path, format!("\"{found}\""), expected).near(all.iter().map(String::as_str));
    }
    if message.starts_with("missing field") {
        return Problem::new(path, "no such field", format!("the field {}", names(message).join(", ")));
    }
    let found_expected = ["invalid type: ", "invalid value: ", "invalid length "]
        .iter()
        .find_map(|prefix| message.strip_prefix(prefix)?.split_once(", expected "));
    match found_expected {
        Some((found, expected)) => Problem::new(path, found, expected),
        None => Problem::new(path, message, "something that can be read"),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
