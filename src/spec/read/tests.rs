//! Every mistake is reported with its place, and costs no more than its element.

use proptest::prelude::*;

use super::*;

fn document(spec: &str) -> String {
    format!(
        "{{\"apiVersion\": \"sightline.dev/v1\", \"kind\": \"Workspace\", \"metadata\": {{\"name\": \"t\"}},\n\"spec\": {spec}}}"
    )
}

#[track_caller]
fn check(spec: &str, expected: &[&str]) -> Read {
    let read = read(&document(spec)).unwrap();
    assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    read
}

const SOURCE: &str = r#""sources": [{"id": "prom", "kind": "prometheus", "url": "http://a"}]"#;

#[test]
fn an_empty_document_is_whole() {
    let read = check("{}", &[]);
    assert_eq!(read.document.spec.dashboards.len(), 4);
}

#[test]
fn what_is_no_workspace_is_refused_with_its_place() {
    let message = |text: &str| read(text).unwrap_err().to_string();
    assert_eq!(message("{\n  \"a\": ,\n}"), "document (line 2, column 8): found expected value, expected JSON");
    assert!(message("[]").starts_with("document (line 1, column 1): found a list, expected a workspace document"));
    assert_eq!(
        message("{\"kind\": \"workspace\"}"),
        "kind (line 1, column 10): found \"workspace\", expected \"Workspace\"; did you mean \"Workspace\"?"
    );
    assert!(message(&document("{}").replace("/v1", "/v9")).contains("newer"));
    assert!(message(&document("5")).contains("expected an object"));
}

#[test]
fn a_bad_metric_is_dropped_and_the_next_one_stays() {
    let spec = format!(
        r#"{{{SOURCE}, "metrics": [
  {{"id": "bad", "unit": 5, "query": {{"type": "gauge", "source": "prom", "metric": "x"}}}},
  {{"id": "good", "query": {{"type": "gauge", "source": "prom", "metric": "x"}}}},
  {{"id": "typo", "query": {{"type": "guage", "source": "prom", "metric": "x"}}}},
  {{"id": "far", "query": {{"type": "gauge", "source": "prmo", "metric": "x"}}}}
]}}"#
    );
    let read = check(
        &spec,
        &[
            "spec.metrics[0].unit (line 3, column 25): found integer `5`, expected a string",
            "spec.metrics[2].query.type (line 5, column 36): found \"guage\", expected one of gauge, counter, histogram, table, expression, derived; did you mean \"gauge\"?",
            "spec.metrics[3].query.source (line 6, column 54): found \"prmo\", expected the id of a source; did you mean \"prom\"?",
        ],
    );
    let ids: Vec<&str> = read.document.spec.metrics.iter().map(|m| m.id.as_str()).collect();
    assert_eq!(ids, ["good", "far"]);
    assert_eq!(read.dropped("metrics", "bad").map(|p| p.path.to_string()).as_deref(), Some("spec.metrics[0].unit"));
    assert_eq!(read.dropped("metrics", "far"), None);
}

#[test]
fn a_bad_placement_leaves_the_rest_of_its_dashboard() {
    let read = check(
        r#"{"dashboards": [{"id": "a", "title": "A", "sections": [{"panels": [{"width": 3}, {"panel": "drfit", "width": 25}]}, 7]}]}"#,
        &[
            "spec.dashboards[0].sections[0].panels[0] (line 2, column 76): found no such field, expected the field panel",
            "spec.dashboards[0].sections[1] (line 2, column 125): found integer `7`, expected struct SectionSpec",
            "spec.dashboards[0].sections[0].panels[1].panel (line 2, column 100): found \"drfit\", expected the id of a panel; did you mean \"drift\"?",
            "spec.dashboards[0].sections[0].panels[1].width (line 2, column 118): found 25, expected 1 to 24 columns",
        ],
    );
    assert_eq!(read.document.spec.dashboards[0].sections.len(), 1);
}

#[test]
fn mistyped_fields_are_named_and_nothing_is_lost() {
    let read = check(
        r#"{"source": [], "roles": [{"id": "a", "title": "A", "dashboards": ["executive"], "form": "now-1h"}]}"#,
        &[
            "spec.source (line 2, column 20): found \"source\", expected one of the fields sources, dimensions, models, metrics, roles, dashboards, panels, privacy, embed; did you mean \"sources\"?",
            "spec.roles[0].form (line 2, column 97): found \"form\", expected one of the fields id, title, dashboards, density, from; did you mean \"from\"?",
        ],
    );
    assert_eq!(read.document.spec.roles.len(), 1);
}

#[test]
fn secrets_and_foreign_addresses_are_refused() {
    let read = read(&document(
        r#"{"sources": [
            {"id": "a", "kind": "mlflow", "url": "https://u:p@a"},
            {"id": "b", "kind": "mlflow", "url": "javascript:x"},
            {"id": "c", "kind": "mlflow", "url": "https://c", "password": "x"},
            {"id": "d", "kind": "mlflow", "url": "https://d"}],
          "panels": {"drift": {"kind": "drift", "options": {"api-key": "x"}}}}"#,
    ))
    .unwrap();
    let ids: Vec<&str> = read.document.spec.sources.iter().map(|s| s.id.0.as_str()).collect();
    assert_eq!(ids, ["d"]);
    for id in ["a", "b", "c"] {
        assert!(read.dropped("sources", id).is_some(), "{id}");
    }
    assert!(read.dropped("panels", "drift").is_some());
    let shown = read.problems.iter().map(ToString::to_string).collect::<String>();
    assert!(!shown.contains("\"x\""), "a secret is repeated: {shown}");
}

#[test]
fn ids_are_unique_and_the_first_one_holds() {
    let read = check(
        r#"{"models": [{"id": "a", "title": "first"}, {"id": "a", "title": "second"}]}"#,
        &[
            "spec.models[1].id (line 2, column 59): found \"a\", expected an id that no other element of the list has; the first one holds",
        ],
    );
    assert_eq!(read.document.spec.models[0].title.as_deref(), Some("first"));
}

#[test]
fn references_and_bounds_are_checked() {
    let messages = |spec: &str| {
        let read = read(&document(spec)).unwrap();
        read.problems.iter().map(|p| p.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        messages(
            r#"{"sources": [{"id": "a", "kind": "recording", "url": "d/", "scrapeIntervalSeconds": 0, "simulatedBefore": "then"}]}"#
        ),
        ["spec.sources[0].scrapeIntervalSeconds", "spec.sources[0].simulatedBefore"]
    );
    assert_eq!(
        messages(r#"{"models": [{"id": "m", "costs": [[1, 2], [3]], "identity": {"x": {"lable": "y"}}}]}"#),
        ["spec.models[0].identity.x.lable", "spec.models[0].identity.x", "spec.models[0].costs"]
    );
    assert_eq!(
        messages(r#"{"roles": [{"id": "r", "title": "R", "dashboards": ["nowhere"], "from": "soon"}]}"#),
        ["spec.roles[0].dashboards[0]", "spec.roles[0].from"]
    );
    assert_eq!(
        messages(r#"{"panels": {"p": {"kind": "errors", "metrics": {"latency": "none"}}}}"#),
        ["spec.panels.p.metrics.latency", "spec.panels.p.metrics.latency"]
    );
    assert_eq!(
        messages(
            r#"{"panels": {"p": {"kind": "ab-tests", "options": {"experiments": [{"id": "e", "alpha": 2}, {"alhpa": 1}, {"id": "f", "guardRails": ["x"]}]}}}}"#
        ),
        [
            "spec.panels.p.options.experiments[0]",
            "spec.panels.p.options.experiments[1]",
            "spec.panels.p.options.experiments[2].guardRails[0]"
        ]
    );
    assert_eq!(messages(r#"{"dimensions": [{"id": "zone", "labels": {"x": "z"}}]}"#), ["spec.dimensions[0].labels.x"]);
    assert_eq!(
        messages(r#"{"dimensions": [{"id": "zone", "places": {"eu": ["DE", "uk", "ÄB", "FRA"]}}]}"#),
        ["spec.dimensions[0].places.eu[1]", "spec.dimensions[0].places.eu[2]", "spec.dimensions[0].places.eu[3]"]
    );
    assert_eq!(messages(r#"{"sources": {}, "panels": []}"#), ["spec.sources", "spec.panels"]);
}

#[test]
fn a_country_is_known_and_belongs_to_one_value() {
    let spec = "{\"dimensions\": [{\"id\": \"zone\", \"places\": {\n\"eu\": [\"DE\", \"UK\"],\n\"us\": [\"US\", \"DE\", \"US\"]}}]}";
    let read = check(
        spec,
        &[
            "spec.dimensions[0].places.eu[1] (line 3, column 14): found \"UK\", expected a country's two letters of ISO 3166-1; did you mean \"GB\"?",
            "spec.dimensions[0].places.us[1] (line 4, column 14): found \"DE\", expected a country once: \"eu\" has it",
            "spec.dimensions[0].places.us[2] (line 4, column 20): found \"US\", expected a country once: \"us\" has it",
        ],
    );
    assert!(read.document.spec.dimensions.iter().any(|d| d.id == "zone"), "the rest of the dimension stays");
}

#[test]
fn what_is_read_is_written_and_read_again() {
    let first = read(include_str!("../../../public/workspaces/default.json")).unwrap();
    let text = serde_json::to_string_pretty(&first.document).unwrap();
    let again = read(&text).unwrap();
    assert_eq!(again.document, first.document);
    assert_eq!(again.problems, []);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn a_damaged_document_is_read_or_refused(at in 0..4_000_usize, with in "[\\PC]{0,3}") {
        let mut text: Vec<char> = include_str!("../../../public/workspaces/default.json").chars().collect();
        let at = at.min(text.len() - 1);
        text.splice(at..=at, with.chars());
        let _ = read(&text.into_iter().collect::<String>());
    }
}

#[test]
fn an_origin_that_no_browser_writes_is_told() {
    let spec = r#"{"embed": {"origins": ["https://a.example", "https://a.example/", "https://A.example", "*", "https://*.example", "https://a.example:443", "http://127.0.0.1:8080"]}}"#;
    let wrong = |n: usize, found: &str, column: usize| {
        format!(
            "spec.embed.origins[{n}] (line 2, column {column}): found \"{found}\", expected an origin such as https://portal.example: scheme, host in small letters and no path"
        )
    };
    let expected = [
        wrong(1, "https://a.example/", 53),
        wrong(2, "https://A.example", 75),
        wrong(3, "*", 96),
        wrong(4, "https://*.example", 101),
        wrong(5, "https://a.example:443", 122),
    ];
    check(spec, &expected.each_ref().map(String::as_str));
}

#[test]
fn mistakes_in_the_lists_of_fields_are_told_and_hide_more_not_less() {
    let spec = r#"{"privacy": {"smallCells": {"k": 5}, "fields": {
  "executiv": {"allow": ["*"]},
  "executive": {"alow": ["plan"], "allow": ["", "card"], "masks": {"card": "hmac", "region": "year"}},
  "ml-engineer": {"allow": ["*"], "masks": {"born": "yaer"}},
  "data-scientist": {"allow": "*"}
}}}"#;
    let read = check(
        spec,
        &[
            "spec.privacy.fields.data-scientist.allow (line 6, column 31): found string \"*\", expected a sequence",
            "spec.privacy.fields.executive.alow (line 4, column 25): found \"alow\", expected one of the fields allow, masks; did you mean \"allow\"?",
            "spec.privacy.fields.ml-engineer.masks.born (line 5, column 53): found \"yaer\", expected one of hmac, lastFour, year; did you mean \"year\"?",
            "spec.privacy.fields.executiv (line 3, column 15): found \"executiv\", expected the id of a role; did you mean \"executive\"?",
            "spec.privacy.fields.executive.allow[0] (line 4, column 45): found \"\", expected the name of a field",
            "spec.privacy.fields.executive.masks.card (line 4, column 76): found a field that is allowed too, expected a field to be masked or to be allowed",
            "spec.privacy.fields.executive.masks.region (line 4, column 94): found a field of the dimension \"region\", expected a field that is no dimension: filters need those as they are",
        ],
    );
    let privacy = &read.document.spec.privacy;
    assert_eq!(privacy.small_cells.k, 5);
    for role in ["ml-engineer", "data-scientist", "product-manager"] {
        let list = privacy.fields_of(Some(role)).unwrap();
        assert!(list.mask_of("anything").is_some(), "{role}");
    }
}

#[test]
fn a_policy_that_is_no_object_hides_all_fields() {
    for spec in [r#"{"privacy": []}"#, r#"{"privacy": {"fields": "*"}}"#] {
        let read = read(&document(spec)).unwrap();
        assert_eq!(read.problems.len(), 1, "{spec}");
        assert!(read.document.spec.privacy.fields_of(Some("executive")).is_some(), "{spec}");
    }
}
