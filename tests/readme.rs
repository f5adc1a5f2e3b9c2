//! The README shows what is there: its example is the tested file, its tables name every panel and slot.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test's helpers fail loudly

use sightline::spec::PanelKind;

const README: &str = include_str!("../README.md");
const EXAMPLE: &str = include_str!("../docs/examples/workspace-common.json");

#[test]
fn the_readme_shows_the_example_workspace() {
    let (_, rest) = README.split_once("```json\n").expect("the README has a block of JSON");
    let (shown, _) = rest.split_once("```").expect("the block ends");
    assert_eq!(shown, EXAMPLE);
}

#[test]
fn the_readme_names_every_panel_with_its_slots() {
    for kind in PanelKind::ALL {
        let head = format!("| `{}` |", kind.id());
        let row = README.lines().find(|line| line.starts_with(&head)).unwrap_or_else(|| panic!("no row for {head}"));
        for slot in kind.slots() {
            assert!(row.contains(&format!("`{}`", slot.name)), "{}: {}", kind.id(), slot.name);
        }
    }
}

#[test]
fn the_pictures_and_pages_that_the_readme_links_exist() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let targets = README.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let missing: Vec<&str> = targets.filter(|t| !t.contains("://") && !root.join(t).exists()).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
