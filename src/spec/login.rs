//! Where a viewer signs in by OpenID Connect, and what must be true of it before anybody is sent there.
//!
//! Holds no secret: the client is public and proves itself by PKCE.

use serde::{Deserialize, Serialize};

use super::secure::{address_mistake, shown_address};
use super::{Auth, SourceSpec};

/// An OpenID provider and how this app is known to it. Sources with the same one share one sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LoginSpec {
    /// The issuer's address as its discovery document has it: `https`, or `http` on this machine.
    pub issuer: String,
    /// The id of a public client, which uses PKCE and has no secret.
    pub client_id: String,
    /// What is asked for. Default is `openid`; with `offline_access` the sign-in is renewed without asking.
    #[serde(default = "openid")]
    pub scopes: Vec<String>,
    /// The `audience` to ask for, where the provider wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The `resource` to ask for (RFC 8707), where the provider wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

fn openid() -> Vec<String> {
    vec!["openid".to_owned()]
}

impl LoginSpec {
    /// The issuer's host, as a button names it.
    pub fn host(&self) -> &str {
        let rest = self.issuer.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }
}

/// What is wrong with how a source is signed in to: the member, what is there, and what was expected.
pub(super) fn login_mistake(source: &SourceSpec) -> Option<(&'static [&'static str], String, String)> {
    let Some(login) = &source.login else {
        let expected = "the issuer and clientId to sign in with, since \"auth\" is \"oidc\"";
        return (source.auth == Auth::Oidc).then(|| (["login"].as_slice(), "nothing".to_owned(), expected.to_owned()));
    };
    let mistake = |at: &'static [&'static str], found: String, expected: &str| Some((at, found, expected.to_owned()));
    let word = |text: &String| !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\');
    if source.auth != Auth::Oidc {
        mistake(&["login"], "a login".to_owned(), "\"auth\": \"oidc\" beside it, or no login")
    } else if let Some(expected) = issuer_mistake(&login.issuer) {
        mistake(&["login", "issuer"], shown_address(&login.issuer), expected)
    } else if login.client_id.trim().is_empty() {
        mistake(&["login", "clientId"], "an empty text".to_owned(), "the id under which the issuer knows this app")
    } else if !login.scopes.iter().any(|scope| scope == "openid") || !login.scopes.iter().all(word) {
        let found = format!("\"{}\"", login.scopes.join(" "));
        mistake(&["login", "scopes"], found, "a list of words with \"openid\" among them")
    } else if login.resource.as_deref().is_some_and(|resource| !resource.contains(':') || resource.contains('#')) {
        mistake(&["login", "resource"], "no absolute address".to_owned(), "an absolute address without #")
    } else {
        None
    }
}

fn issuer_mistake(issuer: &str) -> Option<&'static str> {
    if let Some(expected) = address_mistake(issuer) {
        return Some(expected);
    }
    let lower = issuer.to_ascii_lowercase();
    let is_local = lower.strip_prefix("http://").is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        let name = host.rsplit_once(':').filter(|(_, port)| port.chars().all(|c| c.is_ascii_digit()));
        matches!(name.map_or(host, |(name, _)| name), "localhost" | "127.0.0.1" | "[::1]")
    });
    (!lower.starts_with("https://") && !is_local)
        .then_some("an https address: what the issuer sends opens the source; http only on this machine")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn mistake(members: &str) -> Option<String> {
        let text = format!(r#"{{ "id": "a", "kind": "prometheus", "url": "https://a.example", {members} }}"#);
        let source: SourceSpec = serde_json::from_str(&text).unwrap();
        login_mistake(&source).map(|(at, found, expected)| format!("{}: {found}, expected {expected}", at.join(".")))
    }

    #[track_caller]
    fn check(members: &str, expected: &str) {
        let found = mistake(members);
        assert!(found.as_deref().is_some_and(|text| text.contains(expected)), "{members}: {found:?}");
    }

    #[test]
    fn an_issuer_is_https_or_on_this_machine() {
        for issuer in [
            "https://login.example",
            "https://login.example/realms/a",
            "http://127.0.0.1:13005",
            "http://localhost",
            "http://localhost:1/x",
            "http://[::1]:9",
        ] {
            let members = format!(r#""auth": "oidc", "login": {{ "issuer": "{issuer}", "clientId": "s" }}"#);
            assert_eq!(mistake(&members), None);
        }
        for issuer in [
            "http://login.example",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example/",
            "http://localhost:1@evil.example",
            "login",
            "",
            "https://a.example/?x",
            "https://me:pass@a.example",
        ] {
            let members = format!(r#""auth": "oidc", "login": {{ "issuer": "{issuer}", "clientId": "s" }}"#);
            check(&members, "login.issuer: ");
        }
    }

    #[test]
    fn a_login_is_whole_and_wanted() {
        check(r#""auth": "oidc""#, "login: nothing, expected the issuer and clientId");
        check(r#""auth": "bearer", "login": { "issuer": "https://i", "clientId": "s" }"#, "\"auth\": \"oidc\"");
        let oidc = |more: &str| format!(r#""auth": "oidc", "login": {{ "issuer": "https://i", {more} }}"#);
        check(&oidc(r#""clientId": " ""#), "login.clientId: an empty text");
        check(&oidc(r#""clientId": "s", "scopes": ["profile"]"#), "login.scopes: \"profile\"");
        check(&oidc(r#""clientId": "s", "scopes": ["openid", "a b"]"#), "login.scopes: ");
        check(&oidc(r#""clientId": "s", "resource": "metrics""#), "login.resource: ");
        assert_eq!(mistake(r#""auth": "cookie""#), None);
        assert_eq!(mistake(&oidc(r#""clientId": "s", "scopes": ["openid", "offline_access"]"#)), None);
    }

    #[test]
    fn the_host_is_what_a_button_names() {
        let login = LoginSpec {
            issuer: "https://login.example:8443/realms/a".to_owned(),
            client_id: "s".to_owned(),
            scopes: openid(),
            audience: None,
            resource: None,
        };
        assert_eq!(login.host(), "login.example:8443");
    }
}
