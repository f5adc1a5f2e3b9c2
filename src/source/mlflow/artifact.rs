//! One JSON artifact of a run, through the server's own artifact route, which needs no more than the run's id.

use super::failure::body_of;
use crate::frame::Frame;
use crate::query::{ArtifactQuery, ArtifactShape};
use crate::source::outbox::{Outbox, percent_encoded};
use crate::source::read::artifact_table;
use crate::source::{Cause, Exchange, Failure, Request, Response};

/// Queues the GET of an artifact.
pub fn ask_artifact<T>(outbox: &mut Outbox<T>, run_id: &str, path: &str, purpose: T) {
    let address = format!("/get-artifact?path={}&run_uuid={}", percent_encoded(path), percent_encoded(run_id));
    outbox.get(address, format!("MLflow artifact {path} of run {run_id}"), purpose);
}

/// The conversation that answers an [`ArtifactQuery`].
#[derive(Debug)]
pub struct ArtifactExchange {
    path: String,
    shape: ArtifactShape,
    outbox: Outbox<()>,
    frame: Option<Frame>,
}

impl ArtifactExchange {
    pub fn new(query: &ArtifactQuery) -> Self {
        let mut outbox = Outbox::default();
        ask_artifact(&mut outbox, &query.run_id, &query.path, ());
        Self { path: query.path.clone(), shape: query.shape, outbox, frame: None }
    }
}

/// Says which artifact is missing, in place of where the server looked for it.
pub fn named(failure: Failure, path: &str) -> Failure {
    let is_missing = failure.cause == Cause::NotFound || failure.text.contains("No such artifact");
    if is_missing && !failure.text.contains("Run with id") {
        return Failure::new(Cause::NotFound, format!("the run has no artifact {path:?}"));
    }
    failure
}

impl Exchange for ArtifactExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        self.outbox.take()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        if self.outbox.answered(tag).is_some() {
            let body = body_of(&response).map_err(|failure| named(failure, &self.path))?;
            self.frame = Some(artifact_table(body, self.shape)?);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        self.frame.take().ok_or_else(|| Failure::new(Cause::Malformed, "the artifact was not answered"))
    }
}
