//! Tests of expressions: what is read, what is refused and where, and which units come out.

use proptest::prelude::*;

use super::{Field, Formula, Step};
use crate::spec::{MetricSpec, Workspace, read};

/// The metrics that the expressions below are of.
const METRICS: &str = r#"
    { "id": "revenue", "unit": "currencyEUR", "query": { "type": "table", "source": "s", "table": "orders", "value": "amount" } },
    { "id": "fees", "unit": "currencyUSD", "query": { "type": "table", "source": "s", "table": "fees", "value": "amount" } },
    { "id": "predictions", "unit": "reqps", "query": { "type": "counter", "source": "s", "metric": "predictions_total" } },
    { "id": "errors", "unit": "reqps", "query": { "type": "counter", "source": "s", "metric": "errors_total" } },
    { "id": "latency-ms", "unit": "ms", "query": { "type": "gauge", "source": "s", "metric": "latency" } },
    { "id": "queue-s", "unit": "s", "query": { "type": "gauge", "source": "s", "metric": "queue" } },
    { "id": "hit-share", "unit": "percent", "query": { "type": "gauge", "source": "s", "metric": "hits" } },
    { "id": "cpu", "unit": "suffix:cores", "query": { "type": "counter", "source": "s", "metric": "cpu_total" } },
    { "id": "a", "query": { "type": "gauge", "source": "s", "metric": "a" } },
    { "id": "b", "query": { "type": "gauge", "source": "s", "metric": "b" } }"#;

fn document(more: &str) -> String {
    format!(
        r#"{{ "apiVersion": "sightline.dev/v1", "kind": "Workspace", "metadata": {{ "name": "t" }}, "spec": {{
"sources": [{{ "id": "s", "kind": "prometheus", "url": "http://s" }}],
"metrics": [{METRICS},
{more}] }} }}"#
    )
}

fn derived(id: &str, expression: &str, unit: Option<&str>) -> String {
    let unit = unit.map(|unit| format!(r#""unit": "{unit}", "#)).unwrap_or_default();
    let expression = serde_json::to_string(expression).unwrap();
    format!(r#"{{ "id": "{id}", {unit}"query": {{ "type": "derived", "expression": {expression} }} }}"#)
}

fn problems(more: &str) -> Vec<String> {
    read(&document(more)).unwrap().problems.iter().map(ToString::to_string).collect()
}

/// The unit that an expression has, and what it makes of parts in the order in which it names them.
#[track_caller]
fn check(expression: &str, declared: Option<&str>, parts: &[f64], unit: &str, value: f64) {
    let text = document(&derived("d", expression, declared));
    let read = read(&text).unwrap();
    assert_eq!(read.problems, [], "{expression}");
    let workspace = &read.document.spec;
    let metric = workspace.metrics.iter().find(|m| m.id == "d").unwrap();
    let formula = Formula::of(workspace, metric).unwrap();
    // What was left out is filled in when the document is read.
    assert_eq!((metric.unit.id(), formula.unit.id()), (unit, unit), "{expression}");
    let found = compute(&formula.step, parts);
    assert!((found - value).abs() <= 1e-9 * value.abs().max(1.0), "{expression}: {found}");
}

fn compute(step: &Step, parts: &[f64]) -> f64 {
    let at = |step: &Step| compute(step, parts);
    match step {
        Step::Number(value) => *value,
        Step::Part(place) => parts[*place],
        Step::Scaled(by, of) => by * at(of),
        Step::Negative(of) => -at(of),
        Step::Binary(op, left, right) => match op {
            super::Op::Add => at(left) + at(right),
            super::Op::Sub => at(left) - at(right),
            super::Op::Mul => at(left) * at(right),
            super::Op::Div => at(left) / at(right),
        },
    }
}

#[test]
fn products_bind_closer_and_equals_bind_from_the_left() {
    check("a - b - 1", None, &[10.0, 3.0], "none", 6.0);
    check("a / b / 2", None, &[24.0, 3.0], "none", 4.0);
    check("a + b * 2", None, &[1.0, 3.0], "none", 7.0);
    check("(a + b) * 2", None, &[1.0, 3.0], "none", 8.0);
    check("-a * -(b - 1.5e0)", None, &[2.0, 3.0], "none", 3.0);
    check("`a` / a", None, &[5.0], "none", 1.0);
}

#[test]
fn units_follow_from_the_parts() {
    check("revenue / predictions * 1000", None, &[50.0, 1_000.0], "currencyEUR", 50.0);
    check("errors / predictions", None, &[1.0, 4.0], "percentunit", 0.25);
    check("1 - errors / predictions", None, &[1.0, 4.0], "percentunit", 0.75);
    check("100 - hit-share", None, &[40.0], "percentunit", 0.6);
    check("predictions - errors", None, &[9.0, 4.0], "short", 5.0);
    // Scaled, a share is a number: so many in a thousand.
    check("errors / predictions * 1000", None, &[1.0, 4.0], "none", 250.0);
    check("cpu / predictions", Some("suffix:core seconds"), &[8.0, 4.0], "suffix:core seconds", 2.0);
    check("revenue * hit-share", None, &[200.0, 10.0], "currencyEUR", 20.0);
    check("latency-ms / predictions", None, &[8.0, 4.0], "ms", 2.0);
    check("revenue + 5 currencyEUR", None, &[7.0], "currencyEUR", 12.0);
}

#[test]
fn scales_of_one_dimension_are_brought_together() {
    check("latency-ms + queue-s", None, &[250.0, 2.0], "ms", 2_250.0);
    check("queue-s - latency-ms", None, &[2.0, 250.0], "s", 1.75);
    check("queue-s + 500 ms", None, &[2.0], "s", 2.5);
    // The declared scale is kept, where no number of the author's has one of its own.
    check("errors / predictions", Some("percent"), &[1.0, 4.0], "percent", 25.0);
    check("errors / predictions * 100", Some("percent"), &[1.0, 4.0], "percent", 25.0);
    check("queue-s", Some("ms"), &[2.0], "ms", 2_000.0);
}

#[test]
fn a_derived_metric_may_be_made_of_derived_metrics() {
    let more = [derived("share", "errors / predictions", Some("percent")), derived("d", "1 - share", None)].join(",\n");
    let read = read(&document(&more)).unwrap();
    assert_eq!(read.problems, []);
    let workspace = &read.document.spec;
    let metric = |id: &str| -> &MetricSpec { workspace.metrics.iter().find(|m| m.id == id).unwrap() };
    let formula = Formula::of(workspace, metric("d")).unwrap();
    let names: Vec<&str> = formula.parts.iter().map(|part| part.id.as_str()).collect();
    assert_eq!((names.as_slice(), formula.unit.id()), (["errors", "predictions"].as_slice(), "percentunit"));
    assert_eq!(metric("d").formula.as_deref(), Some("1 - share"));
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let told = |expression: &str| problems(&derived("d", expression, None)).join(" | ");
    // The metric is on line 14, after `{ "id": "d", "query": { "type": "derived", "expression": "`.
    let found = told("reveneu / predictions");
    assert_eq!(
        found,
        "spec.metrics[10].query.expression (line 14, column 59): found \"reveneu\", expected the id of a metric; did you mean \"revenue\"?"
    );
    let second = told("predictions / reveneu");
    assert!(second.contains(&format!("column {}", 59 + 14)), "{second}");
    for (expression, expected) in [
        ("", "found the end, expected a number"),
        ("revenue /", "found the end, expected a number"),
        ("revenue predictions", "found \"predictions\", expected one of + - * / or the end"),
        ("(revenue", "found the end, expected a closing parenthesis"),
        ("revenue)", "found \")\", expected no parenthesis"),
        ("revenue % 2", "found \"%\", expected a number, the id"),
        ("a-b", "found \"a-b\", expected spaces around a minus"),
        ("2 * 3", "found numbers alone"),
        ("a * 2 secnds", "found \"secnds\" behind a number, expected a unit"),
        ("revenue + predictions", "found \"+\" between currencyEUR and count, expected the same unit on both sides"),
        ("revenue - fees", "found \"-\" between currencyEUR and currencyUSD"),
        ("revenue + 5", "found \"+\" between currencyEUR and a plain number"),
        ("revenue / queue-s", "found no unit, expected a declared unit, since none has a name for currencyEUR / time"),
        ("`", "expected a name between two backquotes"),
    ] {
        let found = told(expression);
        assert!(found.contains(expected), "{expression}: {found}");
    }
}

#[test]
fn a_declared_unit_that_contradicts_is_refused() {
    let found = problems(&derived("d", "revenue / predictions", Some("s"))).join(" | ");
    assert!(
        found.starts_with("spec.metrics[10].unit")
            && found.contains("found \"s\", expected a unit of currencyEUR / count"),
        "{found}"
    );
    assert_eq!(problems(&derived("d", "revenue / queue-s", Some("suffix:€/s"))), Vec::<String>::new());
    assert_eq!(problems(&derived("d", "errors / predictions * 1000", Some("short"))), Vec::<String>::new());
}

#[test]
fn a_cycle_is_told_whole() {
    let more = [
        derived("x", "y / a", None),
        derived("y", "z * 2", None),
        derived("z", "x + 1", None),
        derived("w", "x", None),
    ];
    let found = problems(&more.join(",\n"));
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(
        found[0].contains("found the cycle x -> y -> z -> x, expected metrics that do not need this one"),
        "{found:?}"
    );
    assert!(found[3].contains("the cycle x -> y -> z -> x"), "{found:?}");
    let own = problems(&derived("x", "x + 1", None));
    assert!(own[0].contains("the cycle x -> x"), "{own:?}");
}

#[test]
fn size_and_depth_are_bounded() {
    let told = |expression: &str| problems(&derived("d", expression, None)).join(" | ");
    assert!(told(&format!("{}a{}", "(".repeat(17), ")".repeat(17))).contains("at most 16 levels"));
    assert_eq!(told(&format!("{}a{}", "(".repeat(16), ")".repeat(16))), "");
    assert!(told(&"a + ".repeat(40)).contains("at most 32 numbers and metrics"));
    assert!(told(&"a".repeat(501)).contains("at most 500 characters"));
    // Each of a chain doubles what stands below it.
    let double = |nth: usize| derived(&format!("d{nth}"), &format!("d{} + d{}", nth - 1, nth - 1), None);
    let all: Vec<String> = [derived("d0", "a + a", None)].into_iter().chain((1..40).map(double)).collect();
    let found = problems(&all.join(",\n"));
    assert!(!found.is_empty() && found.len() < 40, "{}", found.len());
}

#[test]
fn a_part_with_a_mistake_is_named_where_it_is_used() {
    let found = problems(&[derived("x", "a +", None), derived("y", "x * 2", None)].join(",\n"));
    assert!(found[1].contains("found \"x\", expected a metric whose own expression has no mistake"), "{found:?}");
    assert_eq!(Field::Expression, super::parse::parse("a +").unwrap_err().field);
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        let _ = super::parse::parse(&text);
    }

    #[test]
    fn no_expression_panics(text in "[ab0-9.()+*/ -]{0,60}") {
        let metrics = derived("d", &text, None);
        let workspace: Workspace = read(&document(&metrics)).unwrap().document.spec;
        prop_assert!(workspace.metrics.len() >= 10);
    }
}
