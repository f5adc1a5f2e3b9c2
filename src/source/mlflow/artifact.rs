//! One JSON artifact of a run, through the server's own artifact route, which needs no more than the run's id.

use super::answers::ArtifactsPage;
use super::failure::{body_of, failure_of};
use crate::frame::Frame;
use crate::query::ArtifactQuery;
use crate::source::outbox::{Outbox, percent_encoded};
use crate::source::read::{artifact_table, from_json};
use crate::source::{Cause, Exchange, Failure, Request, Response};

/// Queues the GET of an artifact.
pub fn ask_artifact<T>(outbox: &mut Outbox<T>, run_id: &str, path: &str, purpose: T) {
    let address = format!("/get-artifact?path={}&run_uuid={}", percent_encoded(path), percent_encoded(run_id));
    outbox.get(address, format!("MLflow artifact {path} of run {run_id}"), purpose);
}

/// Queues the list of the files in a folder of a run.
pub fn ask_list<T>(outbox: &mut Outbox<T>, run_id: &str, folder: &str, purpose: T) {
    let (run, path) = (percent_encoded(run_id), percent_encoded(folder));
    let address = format!("/api/2.0/mlflow/artifacts/list?run_id={run}&path={path}");
    outbox.get(address, format!("MLflow artifacts/list run_id={run_id} path={folder}"), purpose);
}

/// The files in a list, without folders.
///
/// # Errors
/// If the server refused, or its answer is no list.
pub fn listed_files(response: &Response) -> Result<Vec<String>, Failure> {
    let page: ArtifactsPage = from_json(body_of(response)?, "a list of artifacts")?;
    Ok(page.files.into_iter().filter(|f| !f.is_dir).map(|f| f.path).collect())
}

#[derive(Clone, Debug)]
enum Part {
    Artifact,
    /// The list of the artifact's folder, after the server failed to give the artifact.
    List(Failure),
}

/// The conversation that answers an [`ArtifactQuery`].
#[derive(Debug)]
pub struct ArtifactExchange {
    query: ArtifactQuery,
    outbox: Outbox<Part>,
    frame: Option<Frame>,
}

impl ArtifactExchange {
    pub fn new(query: &ArtifactQuery) -> Self {
        let mut outbox = Outbox::default();
        ask_artifact(&mut outbox, &query.run_id, &query.path, Part::Artifact);
        Self { query: query.clone(), outbox, frame: None }
    }

    fn missing(&self) -> Failure {
        Failure::new(Cause::NotFound, format!("the run has no artifact {:?}", self.query.path))
    }
}

impl Exchange for ArtifactExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        self.outbox.take()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        match self.outbox.answered(tag) {
            Some(Part::Artifact) if response.is_ok() => {
                self.frame = Some(artifact_table(&response.body, self.query.shape)?);
            }
            Some(Part::Artifact) => {
                let failure = failure_of(&response);
                match failure.cause {
                    // The server names the path in its store, which tells a reader nothing.
                    Cause::NotFound if !failure.text.contains("Run with id") => return Err(self.missing()),
                    // MLflow 2 answers 500 for an artifact that is not there; its list tells.
                    Cause::ServerError => {
                        let folder = self.query.path.rsplit_once('/').map_or("", |(folder, _)| folder);
                        ask_list(&mut self.outbox, &self.query.run_id, folder, Part::List(failure));
                    }
                    _ => return Err(failure),
                }
            }
            Some(Part::List(failure)) => {
                let is_listed = listed_files(&response)?.contains(&self.query.path);
                return Err(if is_listed { failure } else { self.missing() });
            }
            None => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        self.frame.take().ok_or_else(|| Failure::new(Cause::Malformed, "the artifact was not answered"))
    }
}
