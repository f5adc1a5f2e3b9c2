//! The documents say what is there: the README's example is the tested file, its tables name every panel and slot,
//! and the map of the code names files that exist.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test's helpers fail loudly

use std::path::{Path, PathBuf};

use sightline::spec::PanelKind;

const README: &str = include_str!("../README.md");
const ARCHITECTURE: &str = include_str!("../ARCHITECTURE.md");
const EXAMPLE: &str = include_str!("../docs/examples/workspace-common.json");
const CRATE: &str = include_str!("../src/lib.rs");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where the links of a document lead within the repository.
fn links(document: &str) -> impl Iterator<Item = &str> {
    document.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|target| !target.contains("://"))
}

/// Whether a text between backticks reads as a path: a folder, or a file with one of our endings.
fn is_path(code: &str) -> bool {
    let is_plain = code.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let endings = [".rs", ".js", ".mjs", ".json", ".md", ".css", ".py", ".toml"];
    is_plain && (code.ends_with('/') || code.contains('/') && endings.iter().any(|end| code.ends_with(end)))
}

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
fn what_the_documents_link_exists() {
    for (name, document) in [("README", README), ("ARCHITECTURE", ARCHITECTURE)] {
        let missing: Vec<&str> = links(document).filter(|target| !root().join(target).exists()).collect();
        assert_eq!(missing, Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn the_files_that_the_architecture_names_exist() {
    let named: Vec<&str> = ARCHITECTURE.split('`').skip(1).step_by(2).filter(|code| is_path(code)).collect();
    assert!(named.len() > 40, "{}", named.len());
    let places = ["", "src", "js", "src/web", "scripts"].map(|folder| root().join(folder));
    let is_there = |path: &&str| places.iter().any(|place: &PathBuf| place.join(Path::new(path)).exists());
    let missing: Vec<&str> = named.into_iter().filter(|path| !is_there(path)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn the_architecture_maps_every_module() {
    for module in CRATE.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')) {
        let is_mapped = ARCHITECTURE.lines().any(|line| line.starts_with(&format!("| `{module}")));
        assert!(is_mapped, "{module}");
    }
}
