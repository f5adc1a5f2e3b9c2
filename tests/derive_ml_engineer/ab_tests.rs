//! A/B tests: the effect, the broken split and the plan, by hand.

use super::*;

fn spec(experiments: &str) -> String {
    format!(
        r#"{{
    "sources": [{{ "id": "prom", "kind": "prometheus", "url": "http://prom:9090" }}],
    "metrics": [
        {{ "id": "exposures", "dimensions": [], "query": {{ "type": "counter", "source": "prom", "metric": "exposed" }} }},
        {{ "id": "conversions", "direction": "higher", "dimensions": [], "query": {{ "type": "counter", "source": "prom", "metric": "converted" }} }}
    ],
    "panels": {{ "ab-tests": {{ "kind": "ab-tests", "options": {{ "experiments": {experiments} }} }} }}
}}"#
    )
}

const PLANNED: &str = r#"[{ "id": "e", "title": "Test", "split": { "control": 1, "treatment": 1 }, "horizon": 20000, "mixingVariance": 0.0001 }]"#;

/// A bench over ten days.
fn bench(experiments: &str) -> Bench {
    let mut bench = Bench::new(&spec(experiments), "ab-tests");
    bench.range = TimeRange::new(END_MS - 10 * DAY_MS, END_MS);
    bench
}

/// Each day as many exposures and conversions of each variant: `(exposed, converted)` of control and treatment.
fn daily(query: &Query, control: (f64, f64), treatment: (f64, f64)) -> Option<Frame> {
    let (name, measure, query) = metric(query)?;
    assert_eq!(measure, Measure::Increase);
    let pick = |of: (f64, f64)| if name == "exposed" { of.0 } else { of.1 };
    let x = instants(query);
    let days = query.step_ms as f64 / DAY_MS as f64;
    let by_segment = query.by.as_ref().is_some_and(|by| by.iter().any(|l| l == "segment"));
    let segments: &[(&str, f64)] =
        if by_segment { &[(",segment=a", 0.25), (",segment=b", 0.75)] } else { &[("", 1.0)] };
    let mut all = Vec::new();
    for (variant, of) in [("control", control), ("treatment", treatment)] {
        for (segment, share) in segments {
            let y = vec![pick(of) * days * share; x.len()];
            all.push(series(&format!("experiment=e,variant={variant}{segment}"), x.clone(), y));
        }
    }
    Some(Frame::from_series(all))
}

#[test]
fn a_clear_effect_is_called_with_its_numbers() {
    // 20,000 an arm, 2,000 against 2,400.
    let view = bench(PLANNED).view(|q| daily(q, (2_000.0, 200.0), (2_000.0, 240.0)));
    assert_eq!(figure(&view, "exposures").value, Some(40_000.0));
    let rate = figure(&view, "conversion-rate");
    near(rate.value.unwrap(), 0.12, 1e-12);
    near(rate.delta.unwrap(), 0.02, 1e-12);
    // Watched: the confidence sequence, half as wide as computed below, and not Newcombe's 0.0061.
    near(rate.delta_low.unwrap(), 0.02 - 0.009_502, 1e-6);
    near(rate.delta_high.unwrap(), 0.02 + 0.009_502, 1e-6);
    assert!(rate.method.as_deref().is_some_and(|m| m.contains("95 % confidence sequence") && m.contains("every look")));
    let uplift = figure(&view, "uplift");
    assert!(uplift.low.is_none() && uplift.method.as_deref().is_some_and(|m| m.contains("no interval while")));
    near(figure(&view, "uplift").value.unwrap(), 0.2, 1e-12);
    assert!(rate.p.unwrap() < 1e-6 && rate.q.unwrap() < 1e-6);
    assert_eq!(rate.verdict, sightline::view::Verdict::Better);
    assert!(figure(&view, "probability-best").value.unwrap() > 0.999);
    assert!(text(&view.summary).starts_with("Test: ship treatment"), "{}", text(&view.summary));
}

#[test]
fn the_sequence_ends_at_the_totals_and_shrinks() {
    let view = bench(PLANNED).view(|q| daily(q, (2_000.0, 200.0), (2_000.0, 240.0)));
    let line = &lines(&view, "sequence").lines[0];
    assert_eq!(line.x.len(), 10);
    assert_eq!(line.x.last(), Some(&(END_MS as f64)));
    near(*line.y.last().unwrap(), 0.02, 1e-12);
    let width = |i: usize| line.high[i] - line.low[i];
    assert!(width(9) < width(4) && width(4) < width(0));
    // By hand: V = 0.1 x 0.9 / 20000 + 0.12 x 0.88 / 20000, half = sqrt(V (V + T) / T (ln((V + T) / V) - 2 ln 0.05)).
    let v: f64 = (0.09 + 0.1056) / 20_000.0;
    let t = 1e-4;
    let half = (v * (v + t) / t * (((v + t) / v).ln() - 2.0 * 0.05_f64.ln())).sqrt();
    near(width(9) / 2.0, half, 1e-12);
}

#[test]
fn a_broken_split_suppresses_the_decision() {
    let view = bench(PLANNED).view(|q| daily(q, (2_120.0, 200.0), (1_880.0, 240.0)));
    let said = text(&view.summary);
    assert!(said.contains("do not trust it, the split is broken, 53/47 instead of 50/50"), "{said}");
    assert_eq!(figure(&view, "conversion-rate").verdict, sightline::view::Verdict::None);
    assert!(view.figures.iter().all(|f| f.metric != "probability-best"));
    assert!(figure(&view, "exposures").p.unwrap() < 0.001);
}

#[test]
fn no_effect_keeps_running_until_the_planned_number() {
    let short = bench(PLANNED).view(|q| daily(q, (500.0, 50.0), (500.0, 51.0)));
    assert!(text(&short.summary).contains("keep running, no clear change after 10000.0000 short of 20000"));
    let long = bench(PLANNED).view(|q| daily(q, (2_000.0, 200.0), (2_000.0, 201.0)));
    assert!(text(&long.summary).contains("more than were planned"), "{}", text(&long.summary));
    assert_eq!(figure(&long, "conversion-rate").verdict, sightline::view::Verdict::NoClearChange);
}

#[test]
fn the_fixed_p_is_made_once_at_the_planned_number() {
    let mut bench = bench(PLANNED);
    bench.details = true;
    let early = bench.view(|q| daily(q, (500.0, 50.0), (500.0, 60.0)));
    assert_eq!(figure(&early, "fixed-horizon-p").value, None);
    assert!(early.figures.iter().all(|f| f.metric != "fixed-horizon-change"));
    let late = bench.view(|q| daily(q, (2_000.0, 200.0), (2_000.0, 240.0)));
    // After five days: 1,000 and 1,200 of 10,000 each, pooled 0.11, z = 0.02 / sqrt(0.11 x 0.89 x 2 / 10000) = 4.5198.
    near(figure(&late, "fixed-horizon-p").value.unwrap(), 6.19e-6, 1e-7);
    let change = figure(&late, "fixed-horizon-change");
    assert_eq!((change.n, change.unit.id()), (Some(20_000.0), "percentunit"));
    near(change.value.unwrap(), 0.02, 1e-12);
    // Newcombe by hand: Wilson 0.094273 to 0.106034 and 0.113776 to 0.126515.
    near(change.low.unwrap(), 0.02 - (0.006_224_f64.powi(2) + 0.006_034_f64.powi(2)).sqrt(), 2e-6);
    near(change.high.unwrap(), 0.02 + (0.006_515_f64.powi(2) + 0.005_727_f64.powi(2)).sqrt(), 2e-6);
    near(figure(&late, "fixed-horizon-uplift").value.unwrap(), 0.2, 1e-12);
    assert!(figure(&late, "fixed-horizon-uplift").low.is_some());
}

#[test]
fn an_interval_shown_while_watching_never_contradicts_the_decision() {
    // 10.0 % against 11.2 % of 8,000 each: Newcombe's interval excludes zero, the sequence does not, and no call is made.
    let view = bench(PLANNED).view(|q| daily(q, (800.0, 80.0), (800.0, 89.6)));
    let rate = figure(&view, "conversion-rate");
    assert_eq!(rate.verdict, sightline::view::Verdict::NoClearChange);
    assert!(rate.q.unwrap() > 0.05 && rate.delta_low.unwrap() < 0.0 && rate.delta_high.unwrap() > 0.0, "{rate:?}");
    let sightline::view::Cell::Interval(value, low, high) = grid(&view, "experiments").rows[0][3] else { panic!() };
    near(value, 0.012, 1e-12);
    assert_eq!((Some(low), Some(high)), (rate.delta_low, rate.delta_high));
}

#[test]
fn segments_add_up_and_are_corrected() {
    let mut bench = bench(PLANNED);
    bench.details = true;
    let view = bench.view(|q| daily(q, (2_000.0, 200.0), (2_000.0, 240.0)));
    let rows = &grid(&view, "segments-treatment").rows;
    assert_eq!(rows.len(), 2);
    let number = |row: usize, column: usize| match rows[row][column] {
        sightline::view::Cell::Number(v) => v,
        ref other => panic!("{other:?}"),
    };
    assert_eq!((number(0, 1), number(1, 1)), (5_000.0, 15_000.0));
    // Holm doubles the smaller of two.
    let (small, large) = (number(0, 6).min(number(1, 6)), number(0, 6).max(number(1, 6)));
    near(number(0, 7).min(number(1, 7)), 2.0 * small, 1e-12);
    near(number(0, 7).max(number(1, 7)), large.max(2.0 * small), 1e-12);
}

#[test]
fn without_a_plan_an_equal_split_is_assumed_and_said() {
    let (view, notes) = bench("[]").derive(|q| daily(q, (2_000.0, 200.0), (2_000.0, 240.0)));
    assert!(text(&view.unwrap().summary).starts_with("e: ship treatment"));
    assert!(notes.remarks.iter().any(|r| r.contains("no plan is set")), "{:?}", notes.remarks);
}

#[test]
fn nothing_exposed_one_variant_and_too_many_conversions_do_not_panic() {
    let bench = bench(PLANNED);
    assert!(matches!(bench.derive(|_| Some(Frame::default())).0, Err(Stop::Empty { .. })));
    let alone = |q: &Query| {
        let mut frame = daily(q, (100.0, 10.0), (0.0, 0.0))?;
        if let sightline::frame::Body::Series(all) = &mut frame.body {
            all.retain(|s| s.labels.get("variant") == Some("control"));
        }
        Some(frame)
    };
    assert!(text(&bench.view(alone).summary).contains("only one variant"));
    let view = bench.view(|q| daily(q, (100.0, 120.0), (100.0, 10.0)));
    assert!(view.figures.iter().all(|f| f.metric != "conversion-rate"));
    let tiny = bench.view(|q| daily(q, (1.0, 0.0), (1.0, 1.0)));
    assert!(text(&tiny.summary).contains("too few"), "{}", text(&tiny.summary));
}
