//! The published JSON Schema: generated from the types, compared with the committed file.
//!
//! `UPDATE_SCHEMA=1 cargo test --lib schema` writes it anew.

use std::path::Path;

use super::Document;

const FILE: &str = "public/schema/workspace.v1.schema.json";

fn generated() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Document).to_value();
    schema["title"] = "Sightline workspace, version 1".into();
    schema["properties"]["apiVersion"]["const"] = super::API_VERSION.into();
    schema["properties"]["kind"]["const"] = super::KIND.into();
    close_objects(&mut schema);
    schema
}

/// Editors underline a mistyped field: objects with known fields have no others, as `read` reports them too.
fn close_objects(schema: &mut serde_json::Value) {
    match schema {
        serde_json::Value::Object(members) => {
            members.values_mut().for_each(close_objects);
            if members
                .get("properties")
                .is_some_and(|p| p.is_object() && p.get("type").is_none_or(serde_json::Value::is_object))
            {
                members.entry("additionalProperties").or_insert(false.into());
            }
        }
        serde_json::Value::Array(elements) => elements.iter_mut().for_each(close_objects),
        _ => {}
    }
}

fn committed() -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, serde_json::to_string_pretty(&generated()).unwrap() + "\n").unwrap();
    }
    assert!(committed() == generated(), "{FILE} is old; run UPDATE_SCHEMA=1 cargo test --lib schema");
}

#[test]
fn shipped_workspaces_fit_the_schema_and_mistakes_do_not() {
    let validator = jsonschema::validator_for(&committed()).unwrap();
    for (name, text) in super::shipped::ALL {
        let document = serde_json::from_str(text).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
        let written = serde_json::to_value(super::read(text).unwrap().document).unwrap();
        assert!(validator.is_valid(&written), "{name} as written with its defaults");
    }
    let mut wrong: serde_json::Value = serde_json::from_str(super::shipped::ALL[0].1).unwrap();
    wrong["spec"]["panels"]["ab-tests"]["kind"] = "ab-test".into();
    assert!(!validator.is_valid(&wrong));
    let mut wrong: serde_json::Value = serde_json::from_str(super::shipped::ALL[0].1).unwrap();
    wrong["spec"]["models"][0]["titel"] = "mistyped".into();
    assert!(!validator.is_valid(&wrong));
}
