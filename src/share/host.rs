//! What a host page may say to the embedded app, and what it hears: the meaning of the messages of `js/embed.js`.
//!
//! Every message is hostile text until it is read here. Nothing in it can name a workspace, a source or an origin.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::query::TimeRange;
use crate::state::{Selection, TimeInput, parse, percent_decode, percent_encode, to_query};

/// The version of the messages.
pub const VERSION: u32 = 1;
/// A message may have so many characters.
pub const MAX_CHARS: usize = 65_536;
const MAX_VALUES: usize = 200;
/// A token may have so many characters: they travel in headers.
const MAX_TOKEN_CHARS: usize = 16_384;

/// What a panel is exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Its tables.
    Csv,
    /// One picture.
    Png,
    /// Its first chart as vector graphics.
    Svg,
}

/// What the host asks for.
#[derive(Clone, PartialEq)]
pub enum Wish {
    /// Another selection: some parameters of the address, each with its new values; none means the default.
    Set(Vec<(String, Vec<String>)>),
    /// A panel as a file.
    Export {
        /// Id of the panel.
        panel: String,
        /// As what.
        format: Format,
    },
    /// A bearer token for a source that asked for one.
    Token {
        /// Id of the source.
        source: String,
        /// The token. Never logged: `Debug` hides it.
        token: String,
    },
}

impl std::fmt::Debug for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Set(parameters) => f.debug_tuple("Set").field(parameters).finish(),
            Self::Export { panel, format } => write!(f, "Export({panel}, {format:?})"),
            Self::Token { source, .. } => write!(f, "Token({source}, ..)"),
        }
    }
}

/// A message of the host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostMessage {
    /// By which the host knows the answer.
    pub id: f64,
    /// What it asks for.
    pub wish: Wish,
}

/// Reads a message, which came as JSON.
///
/// # Errors
/// What is wrong with it, for the host's developer. It quotes nothing of the message but names of its members.
pub fn read(text: &str) -> Result<HostMessage, String> {
    if text.len() > MAX_CHARS {
        return Err(format!("a message has at most {MAX_CHARS} characters"));
    }
    let value: Value = serde_json::from_str(text).map_err(|_| "a message is one object of plain values".to_owned())?;
    let members = value.as_object().ok_or("a message is one object of plain values")?;
    let id = members.get("id").and_then(Value::as_f64).ok_or("a message has a number as its id")?;
    let wish = match text_of(members, "type")? {
        "set-time" => Wish::Set(vec![
            ("from".to_owned(), optional(members, "from")?),
            ("to".to_owned(), optional(members, "to")?),
            ("tz".to_owned(), optional(members, "tz")?),
        ]),
        "set-vars" => Wish::Set(vars(members)?),
        "set-role" => Wish::Set(vec![
            ("role".to_owned(), optional(members, "role")?),
            ("d".to_owned(), Vec::new()),
            ("panel".to_owned(), optional(members, "panel")?),
        ]),
        "set-theme" => Wish::Set(vec![("theme".to_owned(), optional(members, "theme")?)]),
        "export" => Wish::Export {
            panel: text_of(members, "panel")?.to_owned(),
            format: match text_of(members, "format")? {
                "csv" => Format::Csv,
                "png" => Format::Png,
                "svg" => Format::Svg,
                _ => return Err("format is csv, png or svg".to_owned()),
            },
        },
        "token" => {
            let token = text_of(members, "token")?;
            if token.is_empty() || token.len() > MAX_TOKEN_CHARS || !token.bytes().all(|b| (0x21..0x7f).contains(&b)) {
                return Err("token is a bearer token: visible ASCII characters only".to_owned());
            }
            Wish::Token { source: text_of(members, "source")?.to_owned(), token: token.to_owned() }
        }
        _ => return Err("type is set-time, set-vars, set-role, set-theme, export or token".to_owned()),
    };
    Ok(HostMessage { id, wish })
}

/// The id of a message that cannot be read, if it has one: its sender waits for an answer.
pub fn id_of(text: &str) -> Option<f64> {
    if text.len() > MAX_CHARS {
        return None;
    }
    serde_json::from_str::<Value>(text).ok()?.get("id")?.as_f64()
}

fn text_of<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    members.get(name).and_then(Value::as_str).ok_or_else(|| format!("{name} is a text"))
}

/// A text, or nothing where it is missing or null.
fn optional(members: &Map<String, Value>, name: &str) -> Result<Vec<String>, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(_) => Err(format!("{name} is a text")),
    }
}

/// Filters by dimension: a text, a list of texts, or null for none.
fn vars(members: &Map<String, Value>) -> Result<Vec<(String, Vec<String>)>, String> {
    let vars = members.get("vars").and_then(Value::as_object).ok_or("vars is an object of dimensions")?;
    let one = |(dimension, value): (&String, &Value)| {
        let wrong = || "a value of vars is a text, a list of texts, or null".to_owned();
        let values = match value {
            Value::Null => Vec::new(),
            Value::String(text) => vec![text.clone()],
            Value::Array(list) if list.len() <= MAX_VALUES => {
                list.iter().map(|v| v.as_str().map(str::to_owned).ok_or_else(wrong)).collect::<Result<_, _>>()?
            }
            _ => return Err(wrong()),
        };
        if dimension.is_empty() {
            return Err("a dimension has a name".to_owned());
        }
        Ok((format!("var-{dimension}"), values))
    };
    vars.iter().map(one).collect()
}

/// The selection with some parameters of its address replaced.
///
/// # Errors
/// What the address does not take, in the words that a viewer reads.
pub fn with(selection: &Selection, parameters: &[(String, Vec<String>)]) -> Result<Selection, String> {
    let before = to_query(selection);
    let is_replaced = |pair: &&str| {
        let name = percent_decode(pair.split_once('=').map_or(*pair, |(name, _)| name));
        !parameters.iter().any(|(replaced, _)| *replaced == name)
    };
    let mut pairs: Vec<String> =
        before.split('&').filter(|p| !p.is_empty()).filter(is_replaced).map(str::to_owned).collect();
    for (name, values) in parameters {
        pairs.extend(values.iter().map(|value| format!("{}={}", percent_encode(name), percent_encode(value))));
    }
    let (after, notices) = parse(&pairs.join("&"));
    match notices.first() {
        Some(notice) => Err(format!("{} {}", notice.parameter, notice.text)),
        None => Ok(after),
    }
}

/// What the host hears when the selection changed: its name and its content.
pub fn told(before: Option<&Selection>, after: &Selection, range: TimeRange) -> Vec<(&'static str, Value)> {
    let changed = |same: &dyn Fn(&Selection) -> bool| before.is_none_or(|before| !same(before));
    let mut news = Vec::new();
    if changed(&|b| b.from == after.from && b.to == after.to && b.zone == after.zone) {
        let text = |end: &Option<TimeInput>| end.as_ref().map(|t| t.0.clone());
        news.push((
            "range",
            json!({
                "from": text(&after.from), "to": text(&after.to),
                "fromMs": range.from_ms, "toMs": range.to_ms,
            }),
        ));
    }
    if changed(&|b| b.filters == after.filters) {
        let vars: BTreeMap<&str, Value> = after
            .filters
            .iter()
            .map(|(dimension, f)| (dimension.as_str(), json!({ "include": f.include, "exclude": f.exclude })))
            .collect();
        news.push(("vars", json!({ "vars": vars })));
    }
    if changed(&|b| {
        b.role == after.role && b.dashboard == after.dashboard && b.panel == after.panel && b.at == after.at
    }) {
        news.push((
            "select",
            json!({ "role": after.role, "dashboard": after.dashboard, "panel": after.panel, "at": after.at }),
        ));
    }
    news
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(before: &str, message: &str, expected: &str) {
        let (selection, _) = parse(before);
        let told = match read(message).map(|m| m.wish) {
            Ok(Wish::Set(parameters)) => with(&selection, &parameters).map(|s| to_query(&s)),
            Ok(other) => Ok(format!("{other:?}")),
            Err(text) => Err(text),
        };
        assert_eq!(told.unwrap_or_else(|text| format!("refused: {text}")), expected);
    }

    #[test]
    fn a_host_sets_what_an_address_can_say() {
        check("from=now-7d&var-model=a", r#"{"id":1,"type":"set-time","from":"now-1h"}"#, "from=now-1h&var-model=a");
        check(
            "from=now-7d",
            r#"{"id":1,"type":"set-vars","vars":{"model":["a","b"],"region":null}}"#,
            "from=now-7d&var-model=a&var-model=b",
        );
        check("var-model=a&var-region=eu", r#"{"id":1,"type":"set-vars","vars":{"model":null}}"#, "var-region=eu");
        check("role=a&panel=drift", r#"{"id":1,"type":"set-role","role":"executive"}"#, "role=executive");
        check("", r#"{"id":1,"type":"set-theme","theme":"dark"}"#, "theme=dark");
    }

    #[test]
    fn what_an_address_refuses_a_host_cannot_set() {
        check(
            "",
            r#"{"id":1,"type":"set-theme","theme":"pink"}"#,
            "refused: theme is not a theme (light, dark, system); the system's holds",
        );
        check(
            "",
            r#"{"id":1,"type":"set-workspace","workspace":"x"}"#,
            "refused: type is set-time, set-vars, set-role, set-theme, export or token",
        );
        check(
            "",
            r#"{"id":1,"type":"set-vars","vars":{"model":[1]}}"#,
            "refused: a value of vars is a text, a list of texts, or null",
        );
        check("", r#"{"type":"set-theme"}"#, "refused: a message has a number as its id");
        check(
            "",
            r#"{"id":1,"type":"token","source":"p","token":"a b"}"#,
            "refused: token is a bearer token: visible ASCII characters only",
        );
        check("", "[", "refused: a message is one object of plain values");
    }

    #[test]
    fn a_value_is_never_a_parameter() {
        check(
            "",
            r#"{"id":1,"type":"set-vars","vars":{"model":"a&workspace=evil"}}"#,
            "var-model=a%26workspace%3Devil",
        );
    }

    #[test]
    fn a_token_is_not_in_what_is_logged() {
        let message = read(r#"{"id":1,"type":"token","source":"p","token":"hush"}"#).unwrap();
        assert!(matches!(&message.wish, Wish::Token { token, .. } if token == "hush"));
        assert!(!format!("{message:?}").contains("hush"));
    }

    #[test]
    fn only_what_changed_is_told() {
        let (before, after) = (parse("from=now-7d&var-model=a").0, parse("from=now-7d&var-model=b").0);
        let range = TimeRange::new(1, 2);
        let names = |before| told(before, &after, range).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(Some(&before)), ["vars"]);
        assert_eq!(names(Some(&after)), Vec::<&str>::new());
        assert_eq!(names(None), ["range", "vars", "select"]);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            prop_oneof!["set-time", "set-vars", "export", "token", "now-1h", "\\PC{0,20}"].prop_map(Value::from),
        ];
        let name =
            prop_oneof!["id", "type", "from", "to", "vars", "role", "panel", "format", "token", "source", "\\PC{0,8}"];
        leaf.prop_recursive(3, 24, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(name.clone(), inner, 0..6)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_message_changes_the_workspace(value in any_json()) {
            let (selection, _) = parse("workspace=w&var-model=a");
            if let Ok(HostMessage { wish: Wish::Set(parameters), .. }) = read(&value.to_string())
                && let Ok(after) = with(&selection, &parameters)
            {
                prop_assert_eq!(after.workspace, selection.workspace);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
            let _ = read(&text);
        }
    }
}
