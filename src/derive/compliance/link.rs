//! Links to evidence: addresses that others wrote, so that only plain https ones are shown, as text.

/// The longest address that is shown.
const MAX_CHARS: usize = 300;

/// A link to evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// None was given.
    None,
    /// A plain https address.
    Shown(String),
    /// Something else, which is not shown.
    Refused,
}

impl Link {
    /// Accepts `https://host[/path]` with a plain host name: no other scheme, no name before the host (`https://bank.example@evil.example`),
    /// no port, nothing that is not visible ASCII, so that no letter passes for another and nothing runs backwards.
    pub(super) fn read(text: Option<&str>) -> Self {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Self::None };
        if is_plain(text) { Self::Shown(text.to_owned()) } else { Self::Refused }
    }

    pub(super) fn is_refused(&self) -> bool {
        *self == Self::Refused
    }
}

fn is_plain(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_name = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let is_visible = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\\' | '`');
    text.len() <= MAX_CHARS && text.chars().all(is_visible) && host.contains('.') && host.split('.').all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_addresses_are_shown() {
        for good in ["https://evidence.example/a-1", "https://a.b-c.example", " https://e.example/x?y=1#z "] {
            assert_eq!(Link::read(Some(good)), Link::Shown(good.trim().to_owned()), "{good}");
        }
        let long = format!("https://e.example/{}", "a".repeat(MAX_CHARS));
        for bad in [
            "javascript:alert(1)",
            "http://evidence.example/a",
            "HTTPS://evidence.example/a",
            "https://bank.example@evil.example/",
            "https://evil.example:8443/",
            "https://evil.example\\@bank.example/",
            "https://evidence.example/\u{202e}gpj",
            "https://b\u{430}nk.example/",
            "https://e.example/<script>",
            "https://e.example/a b",
            "https://localhost/",
            "https:///x",
            "//evidence.example",
            long.as_str(),
        ] {
            assert!(Link::read(Some(bad)).is_refused(), "{bad}");
        }
        assert_eq!(Link::read(None), Link::None);
        assert_eq!(Link::read(Some("  ")), Link::None);
    }
}
