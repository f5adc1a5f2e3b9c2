//! Older versions of a recording's manifest, read by a chain of steps without gaps.

use serde_json::Value;

use crate::source::{Cause, Failure};

/// `STEPS[n]` turns a manifest of version `n + 1` into one of version `n + 2`. Version 1 is the newest.
const STEPS: [fn(Value) -> Value; 0] = [];

/// The manifest in the newest version.
///
/// # Errors
/// [`Cause::Unsupported`] for a version that only a newer build reads, [`Cause::Malformed`] if there is none.
pub fn upgraded(manifest: Value) -> Result<Value, Failure> {
    let newest = STEPS.len() as u64 + 1;
    let found = manifest.get("version");
    match found.and_then(Value::as_u64) {
        Some(version) if (1..=newest).contains(&version) => {
            let steps = STEPS.iter().skip(usize::try_from(version - 1).unwrap_or(usize::MAX));
            Ok(steps.fold(manifest, |manifest, step| step(manifest)))
        }
        Some(version) if version > newest => {
            let text = format!("the recording is of version {version}, this build reads up to version {newest}");
            let hint = "update Sightline, or record again with the recorder that came with this build";
            Err(Failure::new(Cause::Unsupported, text).with_hint(hint))
        }
        _ => {
            let found = found.map_or_else(|| "no version".to_owned(), |found| format!("the version {found}"));
            let text = format!("the recording's manifest has {found}, expected a number from 1 to {newest}");
            Err(Failure::new(Cause::Malformed, text).with_hint("check that the source's address leads to a recording"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_version_is_read_as_it_is() {
        let manifest = json!({"version": STEPS.len() + 1, "recordedAt": 5});
        assert_eq!(upgraded(manifest.clone()), Ok(manifest));
    }

    #[test]
    fn other_versions_are_refused_in_words() {
        let failure = |manifest| upgraded(manifest).unwrap_err();
        let newer = failure(json!({"version": 9}));
        assert_eq!(newer.cause, Cause::Unsupported);
        assert_eq!(newer.text, "the recording is of version 9, this build reads up to version 1");
        assert!(newer.hint.is_some());
        let none = failure(json!({}));
        assert_eq!(none.cause, Cause::Malformed);
        assert_eq!(none.text, "the recording's manifest has no version, expected a number from 1 to 1");
        assert_eq!(failure(json!({"version": 0})).cause, Cause::Malformed);
        let text = failure(json!({"version": "one"})).text;
        assert_eq!(text, "the recording's manifest has the version \"one\", expected a number from 1 to 1");
        assert_eq!(failure(json!([1])).cause, Cause::Malformed);
    }
}
