//! The address comes back as it was, and nothing in it can break the page.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::state::Filter;

#[track_caller]
fn check_form(query: &str, expected: &str) {
    let (selection, notices) = parse(query);
    assert_eq!(to_query(&selection), expected);
    assert_eq!(notices, [], "{query}");
}

#[track_caller]
fn check_notice(query: &str, expected_form: &str, parameter: &str) {
    let (selection, notices) = parse(query);
    assert_eq!(to_query(&selection), expected_form);
    assert_eq!(notices.iter().map(|n| n.parameter.as_str()).collect::<Vec<_>>(), [parameter], "{query}");
}

#[test]
fn one_form_is_written() {
    check_form("", "");
    check_form("?", "");
    check_form(
        "theme=dark&kiosk&panel=drift&d=ml&role=executive&from=now-7d&to=now&tz=utc&refresh=60s&var-model=a&var-model=b",
        "role=executive&d=ml&panel=drift&from=now-7d&to=now&tz=utc&refresh=1m&var-model=a&var-model=b&kiosk&theme=dark",
    );
    check_form(
        "start=now-1h&end=now-5m&viewPanel=drift&timezone=Europe/Berlin",
        "panel=drift&from=now-1h&to=now-5m&tz=Europe/Berlin",
    );
    check_form("tz=browser&refresh=off&theme=system&kiosk=false&compare=off&var-model=$__all", "");
    check_form("refresh=auto", "refresh=auto");
}

#[test]
fn filters_include_exclude_and_escape() {
    let (selection, _) = parse(r"var-model=!a&var-model=%5C!b&var-model=%5C%5Cc&var-model=!!d&var-model=x%26y%3Dz");
    let filter = &selection.filters["model"];
    assert_eq!(filter.include, ["!b", r"\c", "x&y=z"]);
    assert_eq!(filter.exclude, ["a", "!d"]);
    check_form("var-region=", "var-region=");
}

#[test]
fn comparisons_repeat() {
    check_form(
        "compare=previous&compare=offset:1y&compare=window:now-2d..now-1d&compare=model:fraud@3&compare=segment:a:b&compare=region:eu",
        "compare=previous&compare=offset:1y&compare=window:now-2d..now-1d&compare=model:fraud@3&compare=segment:a:b&compare=region:eu",
    );
}

#[test]
fn what_ifs_brushes_and_settings() {
    check_form(
        "set-training-curves.scale=log&brush-params.lr=1e-3..0.1&threshold-fraud=.4&at=12.5&assume-price=3",
        "at=12.5&threshold-fraud=0.4&brush-params.lr=0.001..0.1&set-training-curves.scale=log&assume-price=3",
    );
}

#[test]
fn unknown_parameters_are_kept_in_order() {
    check_form("utm=b&orgId=1&utm=a&flag&var-=x&set-odd=1", "utm=b&orgId=1&utm=a&flag&var-=x&set-odd=1");
}

#[test]
fn bad_values_fall_back_with_a_notice() {
    check_notice("from=tomorrow", "", "from");
    check_notice("tz=not%20a%20zone", "", "tz");
    check_notice("refresh=often", "", "refresh");
    check_notice("refresh=1s", "refresh=5s", "refresh");
    check_notice("refresh=99999999d", "refresh=1d", "refresh");
    check_notice("at=NaN", "", "at");
    check_notice("theme=pink", "", "theme");
    check_notice("threshold-a=2", "", "threshold-a");
    check_notice("brush-x=1", "", "brush-x");
    check_notice("brush-x=inf..1", "", "brush-x");
    check_notice("compare=mars", "", "compare");
    check_notice("compare=offset:soon", "", "compare");
    check_notice("from=now-1h&start=now-2h", "from=now-1h", "start");
}

#[test]
fn an_address_cannot_name_an_origin() {
    for name in [
        "https://evil.example/x",
        "//evil.example",
        "../secret",
        "a/b",
        "a%5Cb",
        "local:../x",
        "local:",
        ".hidden",
        "a?b",
    ] {
        check_notice(&format!("workspace={name}"), "", "workspace");
    }
    check_form("workspace=team-a.v2", "workspace=team-a.v2");
    check_form("workspace=local:draft", "workspace=local:draft");
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z-]{1,8}", "\\PC{1,6}", Just(r"a.b\@!=&%+ ü".to_owned())]
}

fn time() -> impl Strategy<Value = TimeInput> {
    prop_oneof![
        "now(-[1-9][0-9]{0,2}[smhdwMQy])?(/[dwMy])?",
        Just("2026-03-01 10:00:00".to_owned()),
        Just("2026-03-01T10:00:00+02:00".to_owned()),
        "17[0-9]{11}"
    ]
    .prop_map(TimeInput)
}

fn finite_number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |v| v.is_finite())
}

fn unique<T: PartialEq>(values: Vec<T>) -> Vec<T> {
    let mut kept = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

fn filter() -> impl Strategy<Value = Filter> {
    let values = || {
        vec(prop_oneof![name(), Just(String::new()), Just("All".to_owned()), "[!\\\\]{1,3}a?"], 0..3).prop_map(unique)
    };
    (values(), values())
        .prop_map(|(include, exclude)| Filter { include, exclude })
        .prop_filter("filters something", |f| !(f.include.is_empty() && f.exclude.is_empty()))
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop_oneof![
        Just(Comparison::Previous),
        "[1-9][0-9]?[smhdwMQy]".prop_map(Comparison::Offset),
        (time(), time()).prop_map(|(a, b)| Comparison::Window(a, b)),
        (name(), option::of(name())).prop_map(|(id, version)| Comparison::Model(id, version)),
        name().prop_map(Comparison::Segment),
        name().prop_map(Comparison::Region),
    ]
}

fn zone() -> impl Strategy<Value = Zone> {
    prop_oneof![Just(Zone::Browser), Just(Zone::Utc), Just(Zone::Named("America/New_York".to_owned()))]
}

prop_compose! {
    fn selection()(
        place in (option::of("(local:)?[a-zA-Z0-9][a-zA-Z0-9._-]{0,5}"), option::of(name()), option::of(name()), option::of(name())),
        range in (option::of(time()), option::of(time()), zone()),
        refresh_seconds in option::of(prop_oneof![Just(0_u32), 5..=86_400_u32]),
        filters in btree_map(name(), filter(), 0..3),
        compare in vec(comparison(), 0..4),
        at in option::of(finite_number()),
        thresholds in btree_map(name(), 0.0..=1.0_f64, 0..3),
        brushes in btree_map(name(), (finite_number(), finite_number()), 0..3),
        settings in btree_map(name(), btree_map(name(), any::<String>(), 1..3), 0..3),
        look in (any::<bool>(), option::of(prop_oneof![Just("light".to_owned()), Just("dark".to_owned())])),
        unknown in vec(("x[a-z]{0,4}", any::<String>()), 0..3),
    ) -> Selection {
        let ordered = |(axis, (a, b)): (String, (f64, f64))| (axis, (a.min(b), a.max(b)));
        Selection {
            workspace: place.0, role: place.1, dashboard: place.2, panel: place.3,
            from: range.0, to: range.1, zone: range.2,
            refresh_seconds, filters, compare: unique(compare), at, thresholds,
            brushes: brushes.into_iter().map(ordered).collect::<BTreeMap<_, _>>(),
            settings, kiosk: look.0, theme: look.1, unknown,
        }
    }
}

proptest! {
    #[test]
    fn any_selection_comes_back(selection in selection()) {
        let query = to_query(&selection);
        prop_assert!(query.is_ascii() && !query.contains(' '));
        prop_assert_eq!(parse(&query), (selection, Vec::new()), "{}", query);
    }

    #[test]
    fn any_text_is_read_and_its_form_is_stable(query in any::<String>()) {
        let (selection, _) = parse(&query);
        prop_assert_eq!(parse(&to_query(&selection)), (selection, Vec::new()));
    }

    #[test]
    fn any_mixture_of_our_words_is_read_and_its_form_is_stable(
        query in "((from|to|tz|at|refresh|theme|kiosk|compare|var-x|var-y|threshold-m|brush-a|set-p\\.q|set-|d|z)=?[nowa-c0-9.!\\\\/:%@+-]{0,8}&){0,6}"
    ) {
        let (selection, _) = parse(&query);
        prop_assert_eq!(parse(&to_query(&selection)), (selection, Vec::new()));
    }
}
