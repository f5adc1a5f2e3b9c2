//! Addresses of sources.

/// The absolute base address of a source, without a trailing slash.
///
/// An absolute `http(s)` address stays; anything else is relative to the page's folder.
pub(super) fn absolute(base_url: &str, url: &str) -> String {
    let joined = if url.starts_with("http://") || url.starts_with("https://") {
        url.to_owned()
    } else {
        let page = base_url.split(['?', '#']).next().unwrap_or_default();
        let folder = page.rfind('/').filter(|&at| at > page.find("://").map_or(0, |s| s + 2));
        let folder = folder.map_or(page, |at| page.get(..at).unwrap_or(page));
        match url.strip_prefix('/') {
            Some(rest) => format!("{}/{rest}", origin(page)),
            None => format!("{folder}/{}", url.trim_start_matches("./")),
        }
    };
    joined.trim_end_matches('/').to_owned()
}

/// Scheme, host and port.
pub(super) fn origin(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(after_scheme..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| after_scheme + at);
    url.get(..end).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::absolute;

    #[test]
    fn relative_addresses_resolve_against_the_pages_folder() {
        assert_eq!(absolute("http://h:8080/a/b/?x=1/2", "demo/"), "http://h:8080/a/b/demo");
        assert_eq!(absolute("http://h:8080/index.html", "./demo"), "http://h:8080/demo");
        assert_eq!(absolute("http://h:8080/a/", "/api/prom"), "http://h:8080/api/prom");
        assert_eq!(absolute("http://h:8080", "demo"), "http://h:8080/demo");
    }

    #[test]
    fn absolute_addresses_stay() {
        assert_eq!(absolute("http://h/", "https://prom:9090/x/"), "https://prom:9090/x");
    }
}
