//! Which country has which colour, and that nothing is shown of what is hidden.

use super::*;
use crate::view::{Bar, Bars, MapPart};

fn theme() -> Theme {
    let mut theme = Theme::sample();
    theme.sequential = ["#ffffff", "#aaaaff", "#000044"].map(str::to_owned).to_vec();
    theme.diverging = ["#ff0000", "#888888", "#0000ff"].map(str::to_owned).to_vec();
    theme
}

/// A map of regions: name, value, countries, word.
fn map(parts: &[(&str, f64, &[&str], &str)]) -> WorldMap {
    let bar = |(name, value, ..): &(&str, f64, &[&str], &str)| Bar {
        title: (*name).to_owned(),
        key: (*name).to_owned(),
        value: *value,
        ..Bar::default()
    };
    let part = |(_, _, places, word): &(&str, f64, &[&str], &str)| MapPart {
        places: places.iter().map(ToString::to_string).collect(),
        word: (*word).to_owned(),
    };
    WorldMap {
        values: Bars { bars: parts.iter().map(bar).collect(), target: Some("region".to_owned()), ..Bars::default() },
        parts: parts.iter().map(part).collect(),
        diverging: false,
    }
}

fn drawn(body: &WorldMap) -> MapDrawing {
    compile(body, &theme(), &World::sample(), 400, &|value, _| format!("{value}"))
}

fn shapes(drawing: &MapDrawing) -> impl Iterator<Item = &Shape> {
    drawing.marks.iter().filter_map(|mark| match mark {
        Mark::Shape(shape) => Some(shape),
        Mark::Words(_) => None,
    })
}

fn words(drawing: &MapDrawing) -> Vec<&str> {
    fn text(mark: &Mark) -> Option<&str> {
        match mark {
            Mark::Words(words) => Some(&words.text),
            Mark::Shape(_) => None,
        }
    }
    drawing.marks.iter().filter_map(text).collect()
}

/// The paints of a part's shapes.
fn paints(drawing: &MapDrawing, part: usize) -> Vec<&Paint> {
    shapes(drawing).filter(|shape| shape.part == Some(part)).map(|shape| &shape.paint).collect()
}

#[test]
fn the_ramp_runs_from_the_smallest_to_the_largest_value() {
    let drawing = drawn(&map(&[("us", 1.0, &["US"], ""), ("eu", 3.0, &["DE"], ""), ("ap", 2.0, &["IN", "SG"], "")]));
    assert_eq!(paints(&drawing, 0), [&Paint::Colour("#aaaaff".into())], "the lightest step looks like bare land");
    assert_eq!(paints(&drawing, 1), [&Paint::Colour("#000044".into())]);
    let middle = Paint::Colour("#5555a2".into());
    assert_eq!(paints(&drawing, 2), [&middle, &middle], "an outline and a point");
    let words = words(&drawing);
    assert_eq!(words[..3], ["us 1", "eu 3", "ap 2"]);
    assert_eq!(words[3..], ["1", "3", "in no region shown here"]);
}

#[test]
fn an_axis_with_a_fixed_end_keeps_small_differences_small() {
    let mut body = map(&[("us", 18.0, &["US"], ""), ("eu", 20.0, &["DE"], "")]);
    body.values.axis.min = Some(0.0);
    let drawing = drawn(&body);
    assert_eq!(paints(&drawing, 0), [&Paint::Colour("#111157".into())], "a tenth below the darkest");
    assert!(words(&drawing).contains(&"0") && words(&drawing).contains(&"20"));
}

#[test]
fn a_narrow_map_lists_its_parts_below() {
    let body = map(&[("us", 1.0, &["US"], ""), ("eu", f64::NAN, &["DE"], "too few to show"), ("moon", 3.0, &[], "")]);
    let drawing = compile(&body, &theme(), &World::sample(), 240, &|value, _| format!("{value}"));
    let listed = words(&drawing);
    assert_eq!(listed[..2], ["us 1", "eu, too few to show"]);
    assert_eq!(listed.last(), Some(&"not on the map: moon 3"));
    assert_eq!(listed.iter().filter(|text| text.contains("too few")).count(), 1, "said once");
    let is_inside = |mark: &Mark| match mark {
        Mark::Words(words) => !words.is_name && words.x < 240.0 && words.y < f64::from(drawing.height_px),
        Mark::Shape(_) => true,
    };
    assert!(drawing.marks.iter().all(is_inside));
    let swatches: Vec<&Paint> =
        shapes(&drawing).filter(|s| !s.is_outline && s.part.is_none()).map(|s| &s.paint).collect();
    assert_eq!(swatches[..2], [paints(&drawing, 0)[0], &Paint::Hatch]);
}

#[test]
fn differences_have_zero_in_the_middle() {
    let mut body = map(&[("us", -0.5, &["US"], "clear"), ("eu", 0.0, &["DE"], ""), ("ap", 1.0, &["IN"], "")]);
    body.diverging = true;
    let drawing = drawn(&body);
    assert_eq!(paints(&drawing, 1), [&Paint::Colour("#888888".into())]);
    assert_eq!(paints(&drawing, 2), [&Paint::Colour("#0000ff".into())]);
    assert_eq!(words(&drawing)[..2], ["us -0.5", "clear"]);
    assert!(words(&drawing).contains(&"-1"), "as far below zero as above");
}

#[test]
fn what_is_hidden_or_missing_is_hatched_and_said_and_has_no_number() {
    let nan = f64::NAN;
    let drawing = drawn(&map(&[
        ("us", nan, &["US"], "too few to show"),
        ("eu", 2.0, &["DE"], ""),
        ("ap", f64::INFINITY, &["IN"], ""),
    ]));
    assert_eq!(paints(&drawing, 0), [&Paint::Hatch]);
    assert_eq!(paints(&drawing, 2), [&Paint::Hatch]);
    let words = words(&drawing);
    assert!(words.contains(&"us") && words.contains(&"too few to show, no value"), "{words:?}");
    let svg = drawing.svg();
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    // One value is no range: a swatch instead of a ramp.
    assert!(shapes(&drawing).all(|shape| shape.paint != Paint::Ramp));
}

#[test]
fn a_region_without_a_place_is_named_below_and_unknown_codes_are_harmless() {
    let drawing = drawn(&map(&[
        ("us", 1.0, &["US"], ""),
        ("moon", 7.0, &[], ""),
        ("gf", 2.0, &["GF"], ""),
        ("xx", 3.0, &["??"], ""),
    ]));
    assert_eq!(words(&drawing).last(), Some(&"not on the map: moon 7, gf 2, xx 3"));
    assert!((1..4).all(|part| paints(&drawing, part).is_empty()));
}

#[test]
fn many_regions_without_a_place_are_counted() {
    let names: Vec<String> = (0..40).map(|i| format!("region-{i}")).collect();
    let parts: Vec<(&str, f64, &[&str], &str)> = names.iter().map(|name| (name.as_str(), 1.0, &[][..], "")).collect();
    let drawing = drawn(&map(&parts));
    let last = *words(&drawing).last().unwrap();
    let shown = last.matches("region-").count();
    assert!(shown > 0 && last.ends_with(&format!("and {} more", 40 - shown)), "{last}");
}

#[test]
fn a_country_named_twice_belongs_to_the_first() {
    let drawing = drawn(&map(&[("a", 1.0, &["DE"], ""), ("b", 2.0, &["US", "DE"], "")]));
    let germany = "M90 20l20 0 0 20-20 0z";
    let owners: Vec<Option<usize>> = shapes(&drawing).filter(|s| s.path.contains(germany)).map(|s| s.part).collect();
    assert_eq!(owners, [Some(0)]);
}

#[test]
fn every_country_is_drawn_once_and_land_without_a_region_is_grey() {
    let drawing = drawn(&map(&[("eu", 1.0, &["DE"], "")]));
    let land = shapes(&drawing).next().unwrap();
    assert_eq!((&land.paint, land.part), (&Paint::Land, None));
    assert!(land.path.contains("M0 20l40") && land.path.contains("M140 50") && !land.path.contains("M90 20"));
}

#[test]
fn names_never_cover_each_other_nor_leave_the_picture() {
    let body = map(&[
        ("a-long-name-of-a-region", 1.0, &["DE"], "no clear change"),
        ("another-long-name", 2.0, &["IN"], "no clear change"),
        ("a-third-one-of-them", 3.0, &["SG"], "no clear change"),
        ("at-the-edge-of-the-map", 3.0, &["US"], ""),
    ]);
    for width_px in [320, 350, 500, 1_400] {
        let drawing = compile(&body, &theme(), &World::sample(), width_px, &|value, _| format!("{value}"));
        let names: Vec<&Words> = drawing
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Words(words) if words.is_name => Some(words),
                _ => None,
            })
            .collect();
        for (i, a) in names.iter().enumerate() {
            assert!(a.y > 0.0 && a.y < f64::from(drawing.height_px));
            for b in names.iter().skip(i + 1) {
                let reach = 6.3 * (a.text.chars().count() + b.text.chars().count()) as f64 / 2.0;
                let apart = (a.y - b.y).abs() >= 12.9 || (a.x - b.x).abs() >= reach - 0.1;
                assert!(apart, "{a:?} covers {b:?} at {width_px}");
            }
        }
        if width_px == 1_400 {
            assert_eq!((drawing.left, drawing.scale), (220.0, 4.8), "no wider than 960 px, in the middle");
        }
    }
}

#[test]
fn hostile_names_stay_text() {
    let svg = drawn(&map(&[("<script>\"&\u{0}", 1.0, &["DE"], "</text><image/>")])).svg();
    assert!(svg.contains("&lt;script&gt;&quot;&amp; 1") && svg.contains("&lt;/text&gt;&lt;image/&gt;"), "{svg}");
    assert!(!svg.contains("<script") && !svg.contains("<image") && !svg.contains('\u{0}'));
}

#[test]
fn a_map_without_values_has_no_ramp() {
    let drawing = drawn(&map(&[("eu", f64::NAN, &["DE"], "")]));
    assert!(drawing.stops.is_empty());
    assert_eq!(words(&drawing), ["eu", "no value", "in no region shown here"]);
}
