//! Sign-ins driven by hand: what is asked of the provider, whom tokens reach, and that the page never gets one.

use super::tests::{Memory, NOW_MS, last_hour, show};
use super::*;
use crate::protocol::{Hidden, PanelState, SignIn, SignInStage};
use crate::source::Cause;

const MINUTE_MS: i64 = 60_000;
const WORKSPACE: &str = r#"{
    "sources": [
        { "id": "prom", "kind": "prometheus", "url": "https://a.example", "auth": "oidc",
          "login": { "issuer": "https://login.example", "clientId": "s" } },
        { "id": "rows", "kind": "clickhouse", "url": "https://b.example", "auth": "oidc",
          "login": { "issuer": "https://login.example", "clientId": "s" } },
        { "id": "other", "kind": "clickhouse", "url": "https://c.example", "auth": "oidc",
          "login": { "issuer": "https://login.example", "clientId": "t" } },
        { "id": "open", "kind": "mlflow", "url": "https://d.example" }
    ],
    "dimensions": [{ "id": "model" }, { "id": "version" }],
    "metrics": [{ "id": "latency", "unit": "s", "query": { "type": "histogram", "source": "prom", "metric": "d" } }],
    "panels": { "a": { "kind": "latency-throughput" } }
}"#;

/// The engine with what it asked of whom, and what it told the page.
struct Bench {
    engine: Engine,
    flying: Vec<Fetch>,
    tasks: Vec<LoginTask>,
    stages: BTreeMap<String, SignInStage>,
    panel: Option<PanelState>,
    wakes: Vec<u32>,
    /// Everything that the page got, as text.
    told: String,
    now_ms: i64,
}

impl Bench {
    fn new() -> Self {
        let workspace: Workspace = serde_json::from_str(WORKSPACE).unwrap();
        let engine = Engine::new(workspace, "https://h/", |_, _| Box::new(Memory), NOW_MS, None);
        let mut bench = Self {
            engine,
            flying: Vec::new(),
            tasks: Vec::new(),
            stages: BTreeMap::new(),
            panel: None,
            wakes: Vec::new(),
            told: String::new(),
            now_ms: NOW_MS,
        };
        bench.settle();
        bench
    }

    fn settle(&mut self) {
        for effect in self.engine.take_effects() {
            match effect {
                Effect::Fetch(fetch) => self.flying.push(fetch),
                Effect::Login(task) => self.tasks.push(*task),
                Effect::Wake(after_ms) => self.wakes.push(after_ms),
                Effect::Emit(news) => {
                    self.told += &serde_json::to_string(&news).unwrap();
                    match news {
                        FromEngine::SignIn { sources, stage } => {
                            self.stages.extend(sources.into_iter().map(|source| (source, stage.clone())));
                        }
                        FromEngine::Panel(update) => self.panel = Some(update.state),
                        _ => {}
                    }
                }
                Effect::Abort(id) => self.flying.retain(|fetch| fetch.id != id),
                Effect::Parse { .. } => {}
            }
        }
    }

    fn wish(&mut self, wish: SignIn) {
        self.engine.handle(ToEngine::SignIn(wish));
        self.settle();
    }

    fn task(&mut self) -> LoginTask {
        self.tasks.remove(0)
    }

    fn answer(&mut self, task: &LoginTask, answer: Result<LoginAnswer, Failure>) {
        self.engine.login_answered(&task.id, answer, self.now_ms);
        self.settle();
    }

    /// Answers all requests as the server does that takes `token` only; returns what they carried, by origin.
    fn serve(&mut self, token: &str) -> Vec<(String, Option<String>)> {
        let mut carried = Vec::new();
        while !self.flying.is_empty() {
            let fetch = self.flying.remove(0);
            let bearer = match &fetch.secret {
                Some(Secret::Bearer(token)) => Some(token.clone()),
                _ => None,
            };
            let is_open = fetch.url.starts_with("https://d.") || bearer.as_deref() == Some(token);
            carried.push((fetch.url.split('/').nth(2).unwrap().to_owned(), bearer));
            let result = Ok(Response { status: if is_open { 200 } else { 401 }, body: Vec::new() });
            self.engine.fetched(fetch.id, Fetched { result, took_ms: 1.0, now_ms: self.now_ms });
            self.settle();
        }
        carried
    }

    fn wake_at(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
        self.engine.wake(now_ms);
        self.settle();
    }

    /// Signed in at `prom` with these tokens.
    fn signed_in(tokens: Tokens) -> Self {
        let mut bench = Self::new();
        bench.serve("");
        bench.wish(SignIn::Begin { source: "prom".to_owned() });
        let task = bench.task();
        bench.answer(&task, Ok(LoginAnswer::Ready("https://login.example/auth?state=x".to_owned())));
        bench.wish(SignIn::Finish { source: "prom".to_owned(), query: Hidden("?code=c0de&state=x".to_owned()) });
        let task = bench.task();
        bench.answer(&task, Ok(LoginAnswer::Tokens(tokens)));
        bench
    }

    fn stage(&self) -> &SignInStage {
        &self.stages["prom"]
    }
}

fn tokens(access: &str, refresh: Option<&str>, life_ms: Option<i64>) -> Tokens {
    let hidden = |text: &str| Hidden(text.to_owned());
    Tokens { access: hidden(access), refresh: refresh.map(hidden), life_ms, who: None }
}

fn failure(cause: Cause) -> Failure {
    Failure::new(cause, "x")
}

#[test]
fn a_sign_in_opens_its_sources_and_no_other() {
    let mut bench = Bench::new();
    bench.serve("");
    bench.engine.handle(show(1, &["a"], last_hour()));
    bench.settle();
    bench.serve("");
    assert!(matches!(&bench.panel, Some(PanelState::Failed(f)) if f.cause == Cause::Unauthorized));

    bench.wish(SignIn::Begin { source: "rows".to_owned() });
    assert_eq!(bench.stage(), &SignInStage::Preparing, "one sign-in for both sources");
    let task = bench.task();
    assert_eq!((task.step.clone(), task.spec().issuer.as_str()), (LoginStep::Begin, "https://login.example"));
    let url = "https://login.example/auth?state=x".to_owned();
    bench.answer(&task, Ok(LoginAnswer::Ready(url.clone())));
    assert_eq!(bench.stage(), &SignInStage::Ready { url });

    let query = Hidden("?code=c0de&state=x".to_owned());
    bench.wish(SignIn::Finish { source: "rows".to_owned(), query: query.clone() });
    let task = bench.task();
    assert_eq!(task.step, LoginStep::Finish(query));
    let who = Some("Ada".to_owned());
    bench.answer(&task, Ok(LoginAnswer::Tokens(Tokens { who: who.clone(), ..tokens("t1", Some("r1"), None) })));
    assert_eq!(bench.stage(), &SignInStage::In { who });

    let carried = bench.serve("t1");
    assert!(matches!(&bench.panel, Some(PanelState::Fresh(_))), "{:?}", bench.panel);
    assert!(carried.iter().any(|(host, _)| host == "a.example") && carried.iter().any(|(host, _)| host == "b.example"));
    bench.engine.handle(ToEngine::Refresh { now_ms: NOW_MS });
    bench.settle();
    for (host, bearer) in bench.serve("t1") {
        let expected = matches!(host.as_str(), "a.example" | "b.example").then(|| "t1".to_owned());
        assert_eq!(bearer, expected, "{host}");
    }
    for secret in ["t1", "r1", "c0de"] {
        assert!(!bench.told.contains(&format!("\"{secret}\"")) && !bench.told.contains("c0de"), "{secret}");
    }
}

#[test]
fn secrets_are_not_in_what_is_logged() {
    let task = LoginStep::Finish(Hidden("?code=c0de".to_owned()));
    let shown = format!("{task:?} {:?}", LoginAnswer::Tokens(tokens("t1", Some("r1"), Some(1))));
    assert!(!shown.contains("c0de") && !shown.contains("t1") && !shown.contains("r1"), "{shown}");
}

#[test]
fn tokens_are_renewed_before_they_end_and_the_new_refresh_token_is_the_next_one() {
    let mut bench = Bench::signed_in(tokens("t1", Some("r1"), Some(10 * MINUTE_MS)));
    bench.serve("t1");
    assert_eq!(bench.wakes.last(), Some(&(9 * 60_000)));
    bench.wake_at(NOW_MS + 8 * MINUTE_MS);
    assert!(bench.tasks.is_empty());
    bench.wake_at(NOW_MS + 9 * MINUTE_MS);
    let task = bench.task();
    assert_eq!(task.step, LoginStep::Refresh(Hidden("r1".to_owned())));
    bench.wake_at(NOW_MS + 9 * MINUTE_MS + 1_000);
    assert!(bench.tasks.is_empty(), "asked once");
    bench.answer(&task, Ok(LoginAnswer::Tokens(tokens("t2", Some("r2"), Some(10 * MINUTE_MS)))));
    assert!(bench.serve("t2").iter().any(|(_, bearer)| bearer.as_deref() == Some("t2")));

    bench.wake_at(NOW_MS + 19 * MINUTE_MS);
    let task = bench.task();
    assert_eq!(task.step, LoginStep::Refresh(Hidden("r2".to_owned())));
    // This one is not replaced, and stays.
    bench.answer(&task, Ok(LoginAnswer::Tokens(tokens("t3", None, Some(10 * MINUTE_MS)))));
    bench.wake_at(NOW_MS + 29 * MINUTE_MS);
    assert_eq!(bench.task().step, LoginStep::Refresh(Hidden("r2".to_owned())));
}

#[test]
fn a_provider_that_is_away_is_asked_again_and_one_that_refuses_ends_the_sign_in() {
    let mut bench = Bench::signed_in(tokens("t1", Some("r1"), Some(4 * MINUTE_MS)));
    bench.serve("t1");
    bench.wake_at(NOW_MS + 3 * MINUTE_MS);
    let task = bench.task();
    bench.answer(&task, Err(failure(Cause::Unreachable)));
    assert_eq!(bench.stage(), &SignInStage::In { who: None });
    assert_eq!(bench.wakes.last(), Some(&15_000));
    bench.wake_at(NOW_MS + 3 * MINUTE_MS + 15_000);
    let task = bench.task();
    bench.answer(&task, Err(failure(Cause::Unauthorized)));
    assert_eq!(bench.stage(), &SignInStage::Failed(failure(Cause::Unauthorized)));
    assert!(bench.serve("t1").iter().all(|(_, bearer)| bearer.is_none()));
}

#[test]
fn without_a_refresh_token_a_sign_in_ends_with_its_token_and_asks_again() {
    let mut bench = Bench::signed_in(tokens("t1", None, Some(5 * MINUTE_MS)));
    bench.serve("t1");
    bench.wake_at(NOW_MS + 5 * MINUTE_MS);
    assert!(bench.tasks.is_empty());
    let SignInStage::Failed(why) = bench.stage() else { panic!("{:?}", bench.stage()) };
    assert_eq!(
        (why.text.as_str(), why.hint.as_deref()),
        ("the sign-in with login.example has run out", Some("sign in again"))
    );
    let carried = bench.serve("t1");
    assert!(!carried.is_empty() && carried.iter().all(|(_, bearer)| bearer.is_none()));
    assert!(bench.told.contains("\"needs_login\":true"));
}

#[test]
fn a_refused_token_is_renewed_at_once_but_not_a_young_one() {
    let mut bench = Bench::signed_in(tokens("t1", Some("r1"), None));
    bench.serve("another");
    assert!(bench.tasks.is_empty(), "a source that refuses a new token would refuse the next");
    bench.now_ms += MINUTE_MS;
    bench.engine.handle(ToEngine::Refresh { now_ms: bench.now_ms });
    bench.settle();
    bench.serve("another");
    assert_eq!(bench.tasks.len(), 1);
    let task = bench.task();
    bench.answer(&task, Ok(LoginAnswer::Tokens(tokens("t2", Some("r2"), None))));
    assert!(bench.serve("t2").iter().any(|(_, bearer)| bearer.as_deref() == Some("t2")), "asked again");
}

#[test]
fn signing_out_forgets_the_tokens_and_what_was_read_and_has_them_taken_back() {
    let mut bench = Bench::signed_in(tokens("t1", Some("r1"), None));
    bench.engine.handle(show(1, &["a"], last_hour()));
    bench.settle();
    bench.serve("t1");
    assert!(matches!(&bench.panel, Some(PanelState::Fresh(_))));
    bench.wish(SignIn::Out { source: "rows".to_owned() });
    assert_eq!(bench.stage(), &SignInStage::Out);
    let steps: Vec<LoginStep> = bench.tasks.iter().map(|task| task.step.clone()).collect();
    let hidden = |text: &str| LoginStep::Revoke(Hidden(text.to_owned()));
    assert_eq!(steps, [hidden("t1"), hidden("r1")]);
    assert!(bench.serve("t1").iter().all(|(_, bearer)| bearer.is_none()));
    assert!(matches!(&bench.panel, Some(PanelState::Failed(f)) if f.cause == Cause::Unauthorized), "{:?}", bench.panel);
    // That it was taken back, or not, changes nothing.
    let task = bench.task();
    bench.answer(&task, Err(failure(Cause::Unreachable)));
    assert_eq!(bench.stage(), &SignInStage::Out);
}

#[test]
fn what_answers_an_older_try_is_nobodys() {
    let mut bench = Bench::new();
    bench.wish(SignIn::Begin { source: "prom".to_owned() });
    bench.wish(SignIn::Begin { source: "prom".to_owned() });
    let (first, second) = (bench.task(), bench.task());
    bench.answer(&first, Err(failure(Cause::Unreachable)));
    assert_eq!(bench.stage(), &SignInStage::Preparing);
    bench.answer(&second, Err(failure(Cause::Configuration)));
    assert_eq!(bench.stage(), &SignInStage::Failed(failure(Cause::Configuration)));
    bench.wish(SignIn::Finish { source: "prom".to_owned(), query: Hidden(String::new()) });
    let late = bench.task();
    bench.wish(SignIn::Out { source: "prom".to_owned() });
    bench.answer(&late, Ok(LoginAnswer::Tokens(tokens("t1", None, None))));
    assert_eq!(bench.stage(), &SignInStage::Out);
    assert!(bench.serve("t1").iter().all(|(_, bearer)| bearer.is_none()));
}

#[test]
fn a_planned_restart_moves_the_tokens_and_leaves_none_behind() {
    let mut old = Bench::signed_in(tokens("t1", Some("r1"), Some(10 * MINUTE_MS)));
    old.serve("t1");
    let handed = old.engine.hand_over();
    assert_eq!(handed.len(), 1);
    assert_eq!(old.engine.hand_over(), []);
    // Two engines with one refresh token would look like a theft of it.
    old.wake_at(NOW_MS + 9 * MINUTE_MS);
    assert!(old.tasks.is_empty());
    old.engine.handle(ToEngine::Refresh { now_ms: NOW_MS });
    old.settle();
    assert!(old.serve("t1").iter().all(|(_, bearer)| bearer.is_none()));

    let handed: Vec<Handed> = serde_json::from_str(&serde_json::to_string(&handed).unwrap()).unwrap();
    let workspace: Workspace = serde_json::from_str(WORKSPACE).unwrap();
    let engine = Engine::new(workspace, "https://h/", |_, _| Box::new(Memory), NOW_MS, None);
    let mut new = Bench { engine, ..Bench::new() };
    new.flying.clear();
    new.now_ms = NOW_MS + MINUTE_MS;
    new.engine.take_over(handed, new.now_ms);
    new.settle();
    assert_eq!(new.stage(), &SignInStage::In { who: None });
    assert_eq!(new.wakes.last(), Some(&(8 * 60_000)), "the life of a token goes on");
    let carried = new.serve("t1");
    let bearers: Vec<&Option<String>> =
        carried.iter().filter(|(host, _)| host == "a.example").map(|(_, bearer)| bearer).collect();
    assert!(
        !bearers.is_empty() && bearers.iter().all(|bearer| bearer.as_deref() == Some("t1")),
        "nothing goes without"
    );
}

#[test]
fn the_tokens_of_one_provider_are_never_held_for_another() {
    let mut old = Bench::new();
    old.serve("");
    old.wish(SignIn::Begin { source: "prom".to_owned() });
    let task = old.task();
    // Another workspace in the same place, whose first question has the same number.
    let mut new = Bench::new();
    let elsewhere = WORKSPACE.replace("https://login.example", "https://login.elsewhere.example");
    let workspace: Workspace = serde_json::from_str(&elsewhere).unwrap();
    new.engine = Engine::new(workspace, "https://h/", |_, _| Box::new(Memory), NOW_MS, None);
    new.settle();
    new.wish(SignIn::Begin { source: "prom".to_owned() });
    new.wish(SignIn::Finish { source: "prom".to_owned(), query: Hidden("?code=c0de&state=x".to_owned()) });
    let stage = new.stage().clone();
    new.answer(&task, Ok(LoginAnswer::Tokens(tokens("of the first", None, None))));
    assert_eq!(new.stage(), &stage);
    assert!(new.serve("").iter().all(|(_, bearer)| bearer.is_none()));
}

#[test]
fn signing_in_again_lets_go_of_tokens_that_no_longer_do() {
    let mut bench = Bench::signed_in(tokens("t0", Some("r0"), None));
    bench.serve("t0");
    assert!(bench.engine.is_replaceable());
    bench.wish(SignIn::Begin { source: "prom".to_owned() });
    assert!(!bench.engine.is_replaceable(), "the answer would come to nobody");
    assert!(bench.serve("t1").iter().all(|(_, bearer)| bearer.is_none()));
    let task = bench.task();
    bench.answer(&task, Err(failure(Cause::Unreachable)));
    assert!(matches!(bench.stage(), SignInStage::Failed(_)));
    assert_eq!(bench.engine.hand_over(), []);
}

#[test]
fn an_engine_that_alone_knows_a_credential_is_kept() {
    let mut bench = Bench::new();
    let secret = Secret::Bearer("typed".to_owned());
    bench.engine.handle(ToEngine::Login(Login { source: "prom".to_owned(), secret }));
    assert!(!bench.engine.is_replaceable());
}
