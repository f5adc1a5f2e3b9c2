//! What a reader can do about a failure of a source, in the words of its kind: which flag, which address, which log-in.
//!
//! Adapters and the transport cannot know it all: only here do the source's kind, its address and the page's origin meet.

use std::collections::BTreeMap;

use super::address;
use crate::query::SourceId;
use crate::source::{Cause, Failure};
use crate::spec::{Auth, SourceKind, SourceSpec, Workspace};

/// What advice needs to know of each source.
pub(super) struct Advice {
    page_origin: String,
    sources: BTreeMap<SourceId, About>,
}

struct About {
    kind: SourceKind,
    url: String,
    auth: Auth,
    /// Where one signs in by OpenID Connect.
    login_host: Option<String>,
}

impl Advice {
    pub(super) fn new(workspace: &Workspace, base_url: &str) -> Self {
        let about = |spec: &SourceSpec| About {
            kind: spec.kind,
            url: address::absolute(base_url, &spec.url),
            auth: spec.auth,
            login_host: spec.login.as_ref().map(|login| login.host().to_owned()),
        };
        Self {
            page_origin: address::origin(base_url).to_owned(),
            sources: workspace.sources.iter().map(|spec| (spec.id.clone(), about(spec))).collect(),
        }
    }

    /// The failure with a hint; one that has a hint already keeps it.
    pub(super) fn on(&self, source: &SourceId, failure: Failure) -> Failure {
        if failure.hint.is_some() {
            return failure;
        }
        match self.sources.get(source).and_then(|about| about.hint(failure.cause, &self.page_origin)) {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

impl About {
    fn hint(&self, cause: Cause, page_origin: &str) -> Option<String> {
        let url = &self.url;
        Some(match cause {
            Cause::Unreachable => self.reach(page_origin),
            Cause::Unauthorized if self.auth == Auth::None => {
                "the server wants credentials: set \"auth\" of this source to \"bearer\" or \"basic\" in the workspace"
                    .to_owned()
            }
            Cause::Unauthorized if self.auth == Auth::Cookie => {
                format!("log in at {} in another tab, then try again", address::origin(url))
            }
            Cause::Unauthorized if self.login_host.is_some() => format!(
                "sign in with {}; if you are, the source does not take its tokens: compare \"login\" in the workspace with what it expects",
                self.login_host.as_deref().unwrap_or_default()
            ),
            Cause::Unauthorized => "log in with this source's lamp at the top of the page".to_owned(),
            Cause::Forbidden => "ask those who run the server for the right to read it from this page".to_owned(),
            Cause::NotFound => format!("check the source's address in the workspace: {url}"),
            Cause::Rejected => "compare the server's words with what is asked of it in the workspace".to_owned(),
            Cause::Overloaded => "try again in a while; a shorter range or a slower refresh asks less of it".to_owned(),
            Cause::ServerError => "try again; if it stays, the server's own log says why".to_owned(),
            Cause::Timeout => "the server may be slow or stuck; a shorter time range asks less of it".to_owned(),
            Cause::TooLarge => "a filter, a shorter range or a coarser step asks for less".to_owned(),
            Cause::Malformed => format!("check that {url} is {}, and no log-in page or proxy", self.expected()),
            Cause::Unsupported | Cause::Configuration => return None,
        })
    }

    /// A browser does not tell a refused connection from missing CORS headers: both ways out are named.
    fn reach(&self, page_origin: &str) -> String {
        if self.kind == SourceKind::Recording || address::origin(&self.url) == page_origin {
            return format!("check that {} can be reached, and try again", self.url);
        }
        if page_origin.starts_with("https://") && self.url.starts_with("http://") {
            return format!("browsers block http addresses on https pages: serve {} over https", self.url);
        }
        if self.auth == Auth::Cookie {
            return format!(
                "check that you are logged in at {}, and that it answers this page with Access-Control-Allow-Origin: {page_origin} \
                 and Access-Control-Allow-Credentials: true; a \"*\" there is not enough for cookies",
                address::origin(&self.url)
            );
        }
        let flag = match self.kind {
            SourceKind::Mlflow => format!("--cors-allowed-origins {page_origin}"),
            SourceKind::Datasette => "--cors".to_owned(),
            SourceKind::Clickhouse => "add_http_cors_header=1 in its profile".to_owned(),
            SourceKind::Metabase => {
                "its address among the origins of Admin, Embedding, and the question's public link,".to_owned()
            }
            SourceKind::Table => {
                let allowed = format!("Access-Control-Allow-Origin: {page_origin}");
                return format!(
                    "check that {} can be reached from here; if it can, the header {allowed} lets this page read its files",
                    self.url
                );
            }
            SourceKind::Prometheus | SourceKind::Recording => {
                format!("--web.cors.origin='{}'", page_origin.replace('.', "\\."))
            }
        };
        format!("check that {} runs and can be reached from here; if it does, {flag} lets this page read it", self.url)
    }

    fn expected(&self) -> &'static str {
        match self.kind {
            SourceKind::Prometheus => "a Prometheus API",
            SourceKind::Mlflow => "an MLflow server",
            SourceKind::Clickhouse => "ClickHouse's HTTP interface",
            SourceKind::Datasette => "a Datasette server",
            SourceKind::Metabase => "a Metabase server",
            SourceKind::Table => "a folder with files of rows",
            SourceKind::Recording => "a folder with a recording",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(kind: &str, url: &str, auth: &str, page: &str, cause: Cause) -> String {
        let source = format!(r#"{{ "id": "s", "kind": "{kind}", "url": "{url}", "auth": "{auth}" }}"#);
        let workspace: Workspace = serde_json::from_str(&format!(r#"{{ "sources": [{source}] }}"#)).unwrap();
        let failure = Advice::new(&workspace, page).on(&SourceId("s".into()), Failure::new(cause, "x"));
        failure.hint.unwrap_or_default()
    }

    #[track_caller]
    fn check_reach(kind: &str, url: &str, page: &str, expected: &str) {
        assert_eq!(hint(kind, url, "none", page, Cause::Unreachable), expected);
    }

    #[test]
    fn an_unreachable_source_is_told_with_the_flag_for_this_page() {
        let check = |url: &str| format!("check that {url} runs and can be reached from here; if it does, ");
        check_reach(
            "prometheus",
            "http://prom:9090/",
            "http://127.0.0.1:8080/a/?d=x",
            &format!(
                r"{}--web.cors.origin='http://127\.0\.0\.1:8080' lets this page read it",
                check("http://prom:9090")
            ),
        );
        check_reach(
            "mlflow",
            "https://ml.example",
            "https://dash.example/",
            &format!(
                "{}--cors-allowed-origins https://dash.example lets this page read it",
                check("https://ml.example")
            ),
        );
    }

    #[test]
    fn files_need_a_header_and_no_flag() {
        check_reach(
            "table",
            "https://files.example/business",
            "https://dash.example/",
            "check that https://files.example/business can be reached from here; if it can, the header \
             Access-Control-Allow-Origin: https://dash.example lets this page read its files",
        );
    }

    #[test]
    fn no_flag_helps_where_the_page_shares_the_origin_or_blocks_plain_http() {
        check_reach("recording", "demo/", "http://h/a/", "check that http://h/a/demo can be reached, and try again");
        check_reach("prometheus", "/prom", "https://h/", "check that https://h/prom can be reached, and try again");
        check_reach(
            "prometheus",
            "http://prom:9090",
            "https://h/",
            "browsers block http addresses on https pages: serve http://prom:9090 over https",
        );
    }

    #[test]
    fn a_wanted_log_in_is_possible_or_told_how_to_make_it_so() {
        let ask = |auth| hint("mlflow", "http://m", auth, "http://h/", Cause::Unauthorized);
        assert!(ask("none").contains("\"auth\""), "{}", ask("none"));
        assert!(ask("basic").contains("lamp"), "{}", ask("basic"));
        assert_eq!(ask("cookie"), "log in at http://m in another tab, then try again");
        let refused = hint("mlflow", "https://m/x", "cookie", "https://h/", Cause::Unreachable);
        assert!(refused.contains("logged in at https://m,") && refused.contains("Origin: https://h and"), "{refused}");
    }

    #[test]
    fn a_hint_that_is_there_stays() {
        let workspace: Workspace =
            serde_json::from_str(r#"{ "sources": [{ "id": "s", "kind": "mlflow", "url": "http://m" }] }"#).unwrap();
        let failure = Failure::new(Cause::Timeout, "x").with_hint("mine");
        assert_eq!(
            Advice::new(&workspace, "http://h/").on(&SourceId("s".into()), failure).hint.as_deref(),
            Some("mine")
        );
    }
}
