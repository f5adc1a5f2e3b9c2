//! Older versions of the format, read by a chain of steps without gaps.

use serde_json::Value;

use super::locate::Path;
use super::{API_VERSION, Problem};

const GROUP: &str = "sightline.dev/";

/// `STEPS[n]` turns a document of version `n + 1` into one of version `n + 2`. Version 1 is the newest.
const STEPS: [fn(Value) -> Value; 0] = [];

/// The document in the newest version.
///
/// # Errors
/// When its `apiVersion` is not one that this build reads.
pub(super) fn upgrade(document: Value) -> Result<Value, Box<Problem>> {
    let path = Path::default().key("apiVersion");
    let expected = format!("\"{API_VERSION}\"");
    let Some(found) = document.get("apiVersion").and_then(Value::as_str) else {
        return Err(Box::new(Problem::new(path, "no text there", expected)));
    };
    let newest = STEPS.len() + 1;
    let version = found.strip_prefix(GROUP).and_then(|v| v.strip_prefix('v')).and_then(|v| v.parse::<usize>().ok());
    match version {
        Some(version) if (1..=newest).contains(&version) => {
            let mut upgraded = STEPS.iter().skip(version - 1).fold(document, |document, step| step(document));
            if let Some(written) = upgraded.get_mut("apiVersion") {
                *written = Value::from(API_VERSION);
            }
            Ok(upgraded)
        }
        Some(version) if version > newest => {
            let found = format!("\"{found}\", which a newer build reads");
            Err(Box::new(Problem::new(path, found, format!("{expected} or older"))))
        }
        _ => Err(Box::new(Problem::new(path, format!("\"{found}\""), expected).near([API_VERSION]))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_chain_ends_at_the_written_version() {
        assert_eq!(format!("{GROUP}v{}", STEPS.len() + 1), API_VERSION);
        let document = json!({"apiVersion": API_VERSION, "x": 1});
        assert_eq!(upgrade(document.clone()), Ok(document));
    }

    #[test]
    fn other_versions_are_refused_in_words() {
        let message = |version: &str| upgrade(json!({"apiVersion": version})).unwrap_err().to_string();
        assert_eq!(
            message("sightline.dev/v2"),
            "apiVersion: found \"sightline.dev/v2\", which a newer build reads, expected \"sightline.dev/v1\" or older"
        );
        assert_eq!(
            message("sightline/v1"),
            "apiVersion: found \"sightline/v1\", expected \"sightline.dev/v1\"; did you mean \"sightline.dev/v1\"?"
        );
        assert!(upgrade(json!({})).is_err());
        assert!(upgrade(json!({"apiVersion": "sightline.dev/v0"})).is_err());
    }
}
