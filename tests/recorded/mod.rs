//! Plays an exchange against recorded answers, or against a live server whose answers are then recorded.

use std::collections::VecDeque;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use sightline::frame::Frame;
use sightline::query::Query;
use sightline::source::{Body, Failure, Request, Response, Source};

/// Where answers come from.
pub enum Backend {
    /// A folder of recorded answers.
    Recorded(PathBuf),
    /// A server at `host:port`; each answer is written into the folder.
    Live(String, PathBuf),
}

impl Backend {
    /// The recording in `tests/recorded/<name>`, such as `mlflow/v3`; live when `RECORD_MLFLOW_3` gives an address.
    pub fn of(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(name);
        let variable = format!("RECORD_{}", name.to_uppercase().replace("/V", "_"));
        match std::env::var(variable) {
            Ok(address) => Self::Live(address, folder),
            Err(_) => Self::Recorded(folder),
        }
    }

    /// Sends one request.
    pub fn send(&self, request: &Request) -> Response {
        let (method, body) = match &request.body {
            Body::None => ("GET", ""),
            Body::Json(json) => ("POST", json.as_str()),
            Body::Form(_) => panic!("no form is recorded"),
            Body::Columns(_) => panic!("columnar files are read by the shell"),
        };
        let head = format!("{method} {}\n{body}\n", request.path);
        match self {
            Self::Recorded(folder) => {
                let path = folder.join(file_name(&head));
                let text =
                    fs::read(&path).unwrap_or_else(|_| panic!("no answer is recorded for {head}({})", path.display()));
                let rest = text.strip_prefix(head.as_bytes()).expect("the recorded request");
                let end = rest.iter().position(|b| *b == b'\n').expect("a status line");
                let status = std::str::from_utf8(&rest[..end]).unwrap().parse().expect("a status");
                Response { status, body: rest[end + 1..].to_vec() }
            }
            Self::Live(address, folder) => {
                let response = send_live(address, method, &request.path, body);
                fs::create_dir_all(folder).unwrap();
                let mut text = format!("{head}{}\n", response.status).into_bytes();
                // MLflow notes the script that logged a trace with its whole path, and the stack of an exception.
                let body =
                    String::from_utf8_lossy(&response.body).replace(concat!(env!("CARGO_MANIFEST_DIR"), "/"), "");
                let body = without_stack(&body);
                text.extend_from_slice(body.as_bytes());
                fs::write(folder.join(file_name(&head)), text).unwrap();
                response
            }
        }
    }
}

/// The text with the values of `exception.stacktrace` emptied: they name files of the machine that logged.
fn without_stack(body: &str) -> String {
    const KEY: &str = "\"exception.stacktrace\": \"";
    let mut parts = body.split(KEY);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut is_escaped = false;
        let end = part.find(|c| {
            let closes = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            closes
        });
        out.push_str(KEY);
        out.push_str(end.map_or("", |end| &part[end..]));
    }
    out
}

/// The route in words and an FNV-1a hash of the whole request.
fn file_name(head: &str) -> String {
    let hash = head.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let route = head.split([' ', '?', '\n']).nth(1).unwrap_or_default();
    let words: Vec<&str> = route.rsplit('/').take(2).collect();
    format!("{}-{}-{:08x}.txt", words.get(1).unwrap_or(&""), words.first().unwrap_or(&""), hash as u32)
}

fn send_live(address: &str, method: &str, path: &str, body: &str) -> Response {
    let mut stream = TcpStream::connect(address).expect("the server to record from");
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    let head =
        format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\n{kind}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let split = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a header");
    let header = String::from_utf8_lossy(&answer[..split]).into_owned();
    let status = header.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    Response { status, body: answer[split + 4..].to_vec() }
}

/// Plays a whole exchange: several requests open at once, the newest answered first, since answers come in any order.
pub fn run(source: &dyn Source, backend: &Backend, query: &Query) -> Result<Frame, Failure> {
    let mut exchange = source.open(query)?;
    let mut open: VecDeque<Request> = exchange.next_requests().into();
    while let Some(request) = open.pop_back() {
        exchange.receive(request.tag, backend.send(&request))?;
        open.extend(exchange.next_requests());
    }
    if let Some((done, all)) = exchange.progress() {
        assert!(done <= all, "{done} of {all}");
    }
    exchange.finish()
}

/// The bodies of all recorded answers of a backend.
pub fn exchange_bodies(name: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(name);
    let mut files: Vec<PathBuf> = fs::read_dir(root).unwrap().filter_map(|e| Some(e.ok()?.path())).collect();
    let inner: Vec<PathBuf> = files.iter().filter(|p| p.is_dir()).cloned().collect();
    files.extend(inner.iter().flat_map(|p| fs::read_dir(p).unwrap().filter_map(|e| Some(e.ok()?.path()))));
    files.retain(|p| p.extension().is_some_and(|e| e == "txt"));
    files.sort();
    let body = |path: &PathBuf| {
        let text = fs::read(path).unwrap();
        let third = text.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(2).map_or(0, |(at, _)| at + 1);
        text[third..].to_vec()
    };
    files.iter().map(body).collect()
}
