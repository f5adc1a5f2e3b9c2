//! What a document must not hold: secrets, and addresses that carry them or lead elsewhere than they seem to.

use serde_json::Value;

use super::locate::Path;

/// Parts of names that hold secrets, without case and separators.
const SECRET_PARTS: [&str; 11] = [
    "password",
    "passwd",
    "secret",
    "apikey",
    "accesskey",
    "privatekey",
    "authorization",
    "credential",
    "accesstoken",
    "authtoken",
    "bearertoken",
];
const SECRET_NAMES: [&str; 2] = ["token", "bearer"];
/// Members whose names are other people's: labels, sources, slots.
const FOREIGN_NAMES: [&str; 4] = ["matchers", "labels", "identity", "metrics"];

/// The first member below `value` that looks like a secret.
pub(super) fn find_secret(value: &Value, path: &Path) -> Option<Path> {
    match value {
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let here = path.clone().key(name);
            if member.as_str().is_some_and(|text| !text.is_empty()) && is_secret_name(name) {
                return Some(here);
            }
            if FOREIGN_NAMES.contains(&name.as_str()) && member.is_object() { None } else { find_secret(member, &here) }
        }),
        Value::Array(elements) => {
            elements.iter().enumerate().find_map(|(index, element)| find_secret(element, &path.clone().index(index)))
        }
        _ => None,
    }
}

fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    SECRET_NAMES.contains(&plain.as_str()) || SECRET_PARTS.iter().any(|part| plain.contains(part))
}

/// What is wrong with a source's address, as what was expected; `None` if nothing is.
pub(super) fn address_mistake(url: &str) -> Option<&'static str> {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme).filter(|s| !s.contains(['/', '?', '#']));
    let rest = match scheme {
        Some(scheme) if ["http", "https"].iter().any(|s| scheme.eq_ignore_ascii_case(s)) => {
            match url.get(scheme.len() + 1..).and_then(|rest| rest.strip_prefix("//")) {
                Some(rest) if !rest.is_empty() && !rest.starts_with('/') => rest,
                _ => return Some("an address with a host, such as https://prometheus.example"),
            }
        }
        Some(_) => return Some("an address with http or https, or one relative to the page"),
        None if url.starts_with("//") => return Some("http: or https: before the //"),
        None => url,
    };
    if url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        Some("an address without spaces and backslashes")
    } else if scheme.is_some() && rest.split('/').next().unwrap_or_default().contains('@') {
        Some("an address without user name and password; the viewer types them in")
    } else if url.contains(['?', '#']) {
        Some("an address without ? and #")
    } else {
        None
    }
}

/// The address as a message may repeat it: without what could be a secret.
pub(super) fn shown_address(url: &str) -> String {
    if url.contains(['@', '?', '#']) { "an address that holds more".to_owned() } else { format!("\"{url}\"") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_addresses_are_accepted() {
        for url in [
            "http://127.0.0.1:9090",
            "https://a.example/prom/",
            "demo/",
            "/api/prom",
            "../prom",
            "a/b:c",
            "",
            "HTTPS://A",
            "demo/@x",
        ] {
            assert_eq!(address_mistake(url), None, "{url}");
        }
    }

    #[test]
    fn addresses_with_secrets_or_other_schemes_are_refused() {
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://a",
            "//evil.example",
            "http:evil",
            "http:///x",
            "https://",
            "https://user:pass@a.example",
            "https://user@a",
            "https://a/?token=x",
            "https://a/#x",
            "http:\\\\a",
            "de mo/",
            "file:///etc",
        ] {
            assert!(address_mistake(url).is_some(), "{url}");
        }
    }

    #[test]
    fn secrets_are_found_and_labels_are_not() {
        let found = |value: &Value| find_secret(value, &Path::default()).map(|p| p.to_string());
        assert_eq!(found(&json!({"a": [{"API_Key": "x"}]})).as_deref(), Some("a[0].API_Key"));
        assert_eq!(found(&json!({"clientSecret": "x"})).as_deref(), Some("clientSecret"));
        assert_eq!(found(&json!({"token": "x"})).as_deref(), Some("token"));
        assert_eq!(found(&json!({"matchers": {"token": "x"}, "auth": "bearer", "tokens": 5, "password": ""})), None);
    }
}
