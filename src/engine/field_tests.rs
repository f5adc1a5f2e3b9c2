//! A role's list of fields in the engine: nothing masked is kept, told or inspected, and another list begins with nothing.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::derive::Answer;
use crate::frame::Values;
use crate::protocol::{PanelRequest, PanelState};
use crate::query::TimeRange;
use crate::source::open_source;
use crate::state::Selection;

const NOW_MS: i64 = 1_700_000_000_000;
const DAY_MS: i64 = 86_400_000;

fn workspace(table: &str) -> Workspace {
    let document = r#"{
        "sources": [{ "id": "files", "kind": "table", "url": "http://files" }],
        "dimensions": [{ "id": "model" }, { "id": "version" }, { "id": "region" }],
        "metrics": [{ "id": "feedback", "query": { "type": "table", "source": "files", "table": "TABLE", "time": "at",
            "unit": "user_id", "value": "rating", "aggregate": "mean" } }],
        "panels": { "f": { "kind": "user-feedback" }, "c": { "kind": "compliance", "metrics": { "governance": "feedback" } },
            "r": { "kind": "risk", "metrics": { "incidents": "feedback", "risks": "feedback" } } },
        "privacy": { "smallCells": { "off": true }, "fields": {
            "full": { "allow": ["*"] },
            "support": { "allow": ["comment"], "masks": { "user_id": "lastFour" } },
            "helpers": { "allow": ["comment"], "masks": { "user_id": "lastFour" } }
        } }
    }"#;
    serde_json::from_str(&document.replace("TABLE", table)).unwrap()
}

/// The engine with everything that it told, as text.
struct Bench {
    engine: Engine,
    flying: BTreeMap<FetchId, String>,
    told: Vec<String>,
    panels: BTreeMap<String, PanelState>,
    n_shown: u32,
}

impl Bench {
    fn new(table: &str) -> Self {
        Self::on(workspace(table))
    }

    fn on(workspace: Workspace) -> Self {
        let key = SessionKey::new([9; 32]);
        let engine = Engine::new(workspace, "http://h/", open_source, NOW_MS, key);
        Self { engine, flying: BTreeMap::new(), told: Vec::new(), panels: BTreeMap::new(), n_shown: 0 }
    }

    fn show(&mut self, role: &str) {
        self.n_shown += 1;
        let panel = |id: &str| PanelRequest { panel: id.to_owned(), width_px: 600, details: true };
        self.handle(ToEngine::Show(Box::new(Show {
            generation: self.n_shown,
            selection: Selection::default(),
            role: Some(role.to_owned()),
            range: TimeRange::new(NOW_MS - DAY_MS, NOW_MS),
            references: Vec::new(),
            now_ms: NOW_MS,
            panels: ["f", "c", "r"].map(panel).to_vec(),
        })));
    }

    fn handle(&mut self, message: ToEngine) {
        self.engine.handle(message);
        self.settle();
    }

    fn settle(&mut self) {
        for effect in self.engine.take_effects() {
            match effect {
                Effect::Fetch(fetch) => drop(self.flying.insert(fetch.id, fetch.url)),
                Effect::Abort(id) => drop(self.flying.remove(&id)),
                Effect::Emit(news) => {
                    self.told.push(format!("{news:?}"));
                    if let FromEngine::Panel(update) = news {
                        self.panels.insert(update.panel, update.state);
                    }
                }
                Effect::Wake(_) | Effect::Parse { .. } | Effect::Login(_) => {}
            }
        }
    }

    fn answer(&mut self, id: FetchId, status: u16, body: &str) {
        self.flying.remove(&id);
        let result = Ok(Response { status, body: body.as_bytes().to_vec() });
        self.engine.fetched(id, Fetched { result, took_ms: 1.0, now_ms: NOW_MS });
        self.settle();
    }

    fn answer_all(&mut self, status: u16, body: &str) {
        while let Some(id) = self.flying.keys().next().copied() {
            self.answer(id, status, body);
        }
    }

    /// Everything that the engine keeps of answers and has told, the inspected panels included.
    fn known(&mut self) -> String {
        for panel in ["f", "c", "r"] {
            self.handle(ToEngine::Inspect { panel: panel.to_owned() });
        }
        format!("{:?}\n{}", self.engine.cache.answers(), self.told.join("\n"))
    }
}

#[derive(Clone, Debug)]
struct Row {
    user: String,
    comment: String,
    prediction: String,
    status: String,
    rating: u8,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = ("zu[a-z]{8,12}", "zc[a-z]{8,30}", "zp[a-z]{8,12}", "zs[a-z]{8,12}", 1..6_u8);
    let row =
        row.prop_map(|(user, comment, prediction, status, rating)| Row { user, comment, prediction, status, rating });
    prop::collection::vec(row, 1..12)
}

fn csv(rows: &[Row]) -> String {
    let mut text = "at,user_id,comment,prediction_id,status,rating,model,region\n".to_owned();
    for (nth, row) in rows.iter().enumerate() {
        let at = crate::calendar::instant_text(NOW_MS - 1_000 * (nth as i64 + 1)).unwrap();
        let Row { user, comment, prediction, status, rating } = row;
        text += &[&at, user, comment, prediction, status, &rating.to_string(), "churn", "eu\n"].join(",");
    }
    text
}

/// An answer that no reader understands, with the values in it.
fn broken(rows: &[Row]) -> String {
    let first = &rows[0];
    format!("{{\"rows\": [{{\"user_id\": \"{}\", \"comment\": \"{}\", {}", first.user, first.comment, first.prediction)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_masked_value_is_kept_told_or_inspected(rows in rows(), way in 0..4_u8) {
        let (table, status, body) = match way {
            0 | 1 => ("feedback.csv", 200, csv(&rows)),
            2 => ("feedback.csv", 400, csv(&rows)),
            _ => ("feedback.json", 200, broken(&rows)),
        };
        let known = |role: &str| {
            let mut bench = Bench::new(table);
            bench.show(role);
            bench.answer_all(status, &body);
            bench.known()
        };
        let (stranger, support, full) = (known("stranger"), known("support"), known("full"));
        for row in &rows {
            for raw in [&row.user, &row.comment, &row.prediction, &row.status] {
                prop_assert!(!stranger.contains(raw), "{} in {}", raw, stranger);
            }
            for raw in [&row.user, &row.prediction, &row.status] {
                prop_assert!(!support.contains(raw), "{} in {}", raw, support);
            }
        }
        // The same search finds them where they are allowed, so that it could fail.
        prop_assert!(full.contains(&rows[0].user));
        if way < 2 {
            prop_assert!(support.contains(&rows[0].comment), "{}", support);
            let last_four = &rows[0].user[rows[0].user.len() - 4..];
            let masked = format!("...{last_four}");
            prop_assert!(support.contains(&masked));
            prop_assert!(stranger.contains("fields masked for this role: "));
        }
    }
}

fn some_rows() -> Vec<Row> {
    let row = |user: &str| Row {
        user: user.to_owned(),
        comment: "zcomment".to_owned(),
        prediction: "zprediction".to_owned(),
        status: "zstatus".to_owned(),
        rating: 4,
    };
    vec![row("zu-ann-0001"), row("zu-bob-0002")]
}

#[test]
fn another_list_begins_with_nothing() {
    let body = csv(&some_rows());
    let mut bench = Bench::new("feedback.csv");
    bench.show("full");
    bench.answer_all(200, &body);
    assert!(bench.known().contains("zu-ann-0001"));
    bench.told.clear();
    bench.show("support");
    assert!(bench.engine.cache.answers().is_empty(), "every frame of the other list is gone");
    assert!(bench.panels.values().all(|state| *state == PanelState::Loading), "{:?}", bench.panels);
    assert!(!bench.flying.is_empty(), "and is asked again");
    bench.answer_all(200, &body);
    assert!(!bench.known().contains("zu-ann-0001"));
    bench.show("full");
    bench.answer_all(200, &body);
    assert!(bench.known().contains("zu-ann-0001"));
}

#[test]
fn an_answer_that_was_under_way_for_another_list_is_dropped() {
    let body = csv(&some_rows());
    let mut bench = Bench::new("feedback.csv");
    bench.show("full");
    let asked: Vec<FetchId> =
        bench.flying.iter().filter(|(_, url)| url.ends_with("feedback.csv")).map(|(id, _)| *id).collect();
    assert!(!asked.is_empty());
    bench.show("stranger");
    for id in asked {
        assert!(!bench.flying.contains_key(&id), "aborted");
        bench.answer(id, 200, &body);
    }
    assert!(bench.engine.cache.answers().is_empty());
    bench.answer_all(200, &body);
    assert!(!bench.known().contains("zu-ann-0001"));
}

#[test]
fn roles_with_equal_lists_share_what_is_known() {
    let body = csv(&some_rows());
    let mut bench = Bench::new("feedback.csv");
    bench.show("support");
    bench.answer_all(200, &body);
    let n_known = bench.engine.cache.answers().len();
    bench.show("helpers");
    assert!(bench.flying.is_empty() && bench.engine.cache.answers().len() == n_known && n_known > 0);
}

#[test]
fn a_raw_answer_is_inspected_only_where_nothing_in_it_is_masked() {
    let raw = |role: &str, shows_small: bool| {
        let mut workspace = workspace("feedback.csv");
        workspace.privacy.small_cells.off = shows_small;
        let mut bench = Bench::on(workspace);
        bench.show(role);
        bench.answer_all(200, &csv(&some_rows()));
        bench.engine.handle(ToEngine::Inspect { panel: "f".to_owned() });
        let told = bench.engine.take_effects().into_iter().find_map(|effect| match effect {
            Effect::Emit(FromEngine::Inspection { requests, .. }) => Some(requests),
            _ => None,
        });
        told.unwrap().into_iter().map(|request| request.raw.is_some()).collect::<Vec<_>>()
    };
    assert!(raw("full", true).contains(&true));
    // Hidden fields, and people who can be counted in the answer.
    for withheld in [raw("stranger", true), raw("full", false)] {
        assert!(!withheld.is_empty() && !withheld.contains(&true));
    }
}

/// The text cells of a column that a strict role may not see, long enough not to occur by chance.
fn telling(bench: &Bench, is_field: bool) -> BTreeSet<String> {
    const FIELDS: [&str; 10] = [
        "comment",
        "user_id",
        "request",
        "response",
        "error",
        "description",
        "owner",
        "caller",
        "mitigation",
        "evidence",
    ];
    let is_of = |name: &str| FIELDS.contains(&name) || name.starts_with("params.") || name.starts_with("tags.mlflow");
    let frames = bench.engine.cache.answers().values().filter_map(|answer| match answer {
        Answer::Ready(frame) => frame.table(),
        _ => None,
    });
    let columns = frames.flat_map(crate::frame::Table::columns).filter(|column| is_of(&column.name) == is_field);
    let texts = columns.filter(|column| matches!(column.values, Values::Text(_)));
    let cells = texts.flat_map(|column| (0..column.values.len()).filter_map(|row| column.values.text_at(row)));
    cells.filter(|text| text.len() >= 6 && text.chars().any(char::is_alphabetic)).collect()
}

/// The demo's own recording, every file as it is shipped.
fn demo(role: &str) -> Bench {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("public");
    let text = std::fs::read_to_string(folder.join("workspaces/default.json")).unwrap();
    let mut workspace = crate::spec::read(&text).unwrap().document.spec;
    workspace.privacy.small_cells.off = true;
    workspace.privacy.fields = serde_json::from_str(r#"{"full": {"allow": ["*"]}}"#).unwrap();
    let manifest = std::fs::read(folder.join("demo/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let now_ms = manifest["recordedAt"].as_i64().unwrap();
    let engine = Engine::new(workspace, "http://h/", open_source, now_ms, SessionKey::new([9; 32]));
    let mut bench = Bench { engine, ..Bench::new("feedback.csv") };
    let panel = |id: &str| PanelRequest { panel: id.to_owned(), width_px: 600, details: true };
    let panels =
        ["errors", "user-feedback", "compliance", "risk", "utilization", "hyperparameter-tuning", "deployment-status"];
    bench.handle(ToEngine::Show(Box::new(Show {
        generation: 1,
        selection: Selection::default(),
        role: Some(role.to_owned()),
        range: TimeRange::new(now_ms - 30 * DAY_MS, now_ms),
        references: Vec::new(),
        now_ms,
        panels: panels.map(panel).to_vec(),
    })));
    while let Some((id, url)) = bench.flying.pop_first() {
        let body = std::fs::read(folder.join(url.trim_start_matches("http://h/"))).unwrap_or_default();
        let result = Ok(Response { status: if body.is_empty() { 404 } else { 200 }, body });
        bench.engine.fetched(id, Fetched { result, took_ms: 1.0, now_ms });
        bench.settle();
    }
    for id in panels {
        bench.handle(ToEngine::Inspect { panel: id.to_owned() });
    }
    bench
}

#[test]
fn nothing_that_a_strict_role_may_not_see_of_the_demo_is_kept_or_told() {
    let (full, strict) = (demo("full"), demo("stranger"));
    let needed = telling(&full, false);
    let telling: Vec<String> = telling(&full, true).into_iter().filter(|text| !needed.contains(text)).collect();
    assert!(telling.len() > 100, "{}", telling.len());
    let known = |bench: &Bench| format!("{:?}\n{}", bench.engine.cache.answers(), bench.told.join("\n"));
    let (open, shut) = (known(&full), known(&strict));
    // As `Debug` writes a text.
    let is_in = |text: &String, known: &str| known.contains(format!("{text:?}").trim_matches('"'));
    assert!(telling.iter().all(|text| is_in(text, &open)));
    let words = needed.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    // A parameter may have the value "log_loss", and a metric the name.
    let names = full.engine.cache.answers().values().filter_map(|answer| match answer {
        Answer::Ready(frame) => frame.table(),
        _ => None,
    });
    let names: BTreeSet<&str> =
        names.flat_map(crate::frame::Table::columns).map(|column| column.name.as_str()).collect();
    let names = names.into_iter().collect::<Vec<_>>().join("\n");
    let workspace = format!("{:?}", full.engine.workspace);
    let leaked: Vec<&String> = telling
        .iter()
        .filter(|text| [&words, &names, &workspace].iter().all(|known| !known.contains(text.as_str())))
        .filter(|text| is_in(text, &shut))
        .collect();
    assert!(leaked.is_empty(), "{leaked:?}");
}
