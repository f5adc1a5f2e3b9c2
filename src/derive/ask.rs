//! Asking for frames while deriving.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::Memo;
use crate::frame::{Frame, Warning};
use crate::privacy::Release;
use crate::query::{GroupsQuery, Query, SourceId};
use crate::source::{Cause, Failure};

/// What is known of a query.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Asked, no answer yet.
    Pending,
    /// The answer.
    Ready(Arc<Frame>),
    /// There is none, and why.
    Failed(Failure),
}

/// The answers so far, by query.
pub type Answers = HashMap<Query, Answer>;

/// Why a derivation ended without a view.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// Answers are missing.
    Pending,
    /// There is nothing to show: what it would show, what it waits for.
    Empty {
        /// Why, as a sentence.
        reason: String,
        /// Lines of workspace that would feed the panel, if configuration is what is missing.
        teach: Option<String>,
    },
    /// A question that the panel cannot do without failed.
    Failed(Failure),
}

impl Stop {
    /// Nothing to show, for a reason in the data.
    pub fn empty(reason: impl Into<String>) -> Self {
        Self::Empty { reason: reason.into(), teach: None }
    }

    /// Nothing to show because the workspace lacks something: shows the lines to add.
    pub fn missing(reason: impl Into<String>, teach: impl Into<String>) -> Self {
        Self::Empty { reason: reason.into(), teach: Some(teach.into()) }
    }
}

/// Collects the questions of one derivation and hands out what is known.
pub struct Ask<'a> {
    answers: &'a Answers,
    memo: Option<&'a Memo>,
    asked: Vec<Query>,
    waiting: Vec<Query>,
    behind: Vec<Query>,
    warnings: Vec<Warning>,
    remarks: Vec<String>,
    failures: Vec<Failure>,
    simulated: BTreeMap<SourceId, f64>,
    /// The counts of people that the view shows together.
    release: Release,
}

/// What one derivation asked and remarked.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// Everything asked, in order, with repeats.
    pub asked: Vec<Query>,
    /// Questions without an answer that stopped the derivation.
    pub waiting: Vec<Query>,
    /// Questions without an answer that would refine the picture.
    pub behind: Vec<Query>,
    /// Warnings of the frames used.
    pub warnings: Vec<Warning>,
    /// Remarks made.
    pub remarks: Vec<String>,
    /// Failures that made the view partial.
    pub failures: Vec<Failure>,
}

impl<'a> Ask<'a> {
    /// Starts over the answers so far.
    pub fn new(answers: &'a Answers) -> Self {
        Self {
            answers,
            memo: None,
            asked: Vec::new(),
            waiting: Vec::new(),
            behind: Vec::new(),
            warnings: Vec::new(),
            remarks: Vec::new(),
            failures: Vec::new(),
            simulated: BTreeMap::new(),
            release: Release::default(),
        }
    }

    /// The same with results kept from earlier derivations.
    #[must_use]
    pub fn with_memo(mut self, memo: &'a Memo) -> Self {
        self.memo = Some(memo);
        self
    }

    /// A costly result that depends on these frames and on what the key names, and on nothing else: as in [`Memo::get`].
    pub fn kept<T: 'static>(&self, frames: &[&Arc<Frame>], key: &str, compute: impl FnOnce() -> T) -> Rc<T> {
        match self.memo {
            Some(memo) => memo.get(frames, key, compute),
            None => Rc::new(compute()),
        }
    }

    /// Everything asked so far, with repeats.
    pub fn asked(&self) -> impl Iterator<Item = &Query> {
        self.asked.iter()
    }

    /// Where a source's own answers say that simulated data ends, in milliseconds.
    pub fn simulated_before_ms(&self, source: &SourceId) -> Option<f64> {
        self.simulated.get(source).copied()
    }

    /// A frame that the panel cannot do without.
    ///
    /// To ask several at once, call this for each before the first `?`.
    ///
    /// # Errors
    /// [`Stop::Pending`] until it is there, [`Stop::Failed`] if it will not be.
    pub fn frame(&mut self, query: Query) -> Result<Arc<Frame>, Stop> {
        let answer = self.answers.get(&query).cloned();
        self.asked.push(query.clone());
        if let Some(Answer::Ready(frame)) = &answer
            && let Some(before_ms) = frame.simulated_before_ms
        {
            self.simulated.insert(query.source().clone(), before_ms);
        }
        match answer {
            None | Some(Answer::Pending) => {
                self.waiting.push(query);
                Err(Stop::Pending)
            }
            Some(Answer::Failed(failure)) => Err(Stop::Failed(failure)),
            Some(Answer::Ready(frame)) => {
                self.note_frame(&frame);
                Ok(frame)
            }
        }
    }

    /// A frame that the panel can do without: a failure makes the panel partial.
    ///
    /// # Errors
    /// Only [`Stop::Pending`], until it is known.
    pub fn optional(&mut self, query: Query) -> Result<Option<Arc<Frame>>, Stop> {
        let answer = self.frame(query);
        self.spare(answer)
    }

    /// The answer to a question that the panel can do without: a failure makes the panel partial.
    ///
    /// For several such questions at once, ask all before the first call of this.
    ///
    /// # Errors
    /// [`Stop::Pending`] until it is known.
    pub fn spare(&mut self, answer: Result<Arc<Frame>, Stop>) -> Result<Option<Arc<Frame>>, Stop> {
        match answer {
            Ok(frame) => Ok(Some(frame)),
            Err(Stop::Pending) => Err(Stop::Pending),
            Err(Stop::Failed(failure)) => {
                self.fail(failure);
                Ok(None)
            }
            Err(Stop::Empty { .. }) => Ok(None),
        }
    }

    /// Goes on without what stopped: a failure makes the panel partial.
    pub fn excuse(&mut self, stop: Stop) {
        if let Stop::Failed(failure) = stop {
            self.fail(failure);
        }
    }

    /// Notes a failure that makes the panel partial; equal ones are kept once.
    pub fn fail(&mut self, failure: Failure) {
        if !self.failures.contains(&failure) {
            self.failures.push(failure);
        }
    }

    /// The first failure noted so far, for a panel that has nothing left to show.
    pub fn first_failure(&self) -> Option<&Failure> {
        self.failures.first()
    }

    /// A frame that refines a picture that is shown without it: `None` until it is there, never stops.
    pub fn behind(&mut self, query: Query) -> Option<Arc<Frame>> {
        match self.frame(query) {
            Ok(frame) => Some(frame),
            Err(Stop::Failed(failure)) => {
                self.failures.push(failure);
                None
            }
            Err(_) => {
                self.behind.extend(self.waiting.pop());
                None
            }
        }
    }

    /// What several questions make of a picture that is shown without it: `None` while they are asked for behind it.
    pub fn refine<T>(&mut self, derive: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Option<Result<T, Stop>> {
        let n_waiting = self.waiting.len();
        match derive(self) {
            Err(Stop::Pending) => {
                let behind = self.waiting.split_off(n_waiting.min(self.waiting.len()));
                self.behind.extend(behind);
                None
            }
            known => Some(known),
        }
    }

    /// A frame that is there at once, and the one that refines it as soon as that is there; `true` for the latter.
    ///
    /// The refined one is asked for behind the first; once it is there the first is not asked again, so that a remark on its
    /// sampling goes. A first one that fails leaves the refined one to be waited for.
    ///
    /// # Errors
    /// As [`Ask::frame`].
    pub fn refined(&mut self, now: Query, refined: Query) -> Result<(Arc<Frame>, bool), Stop> {
        if matches!(self.answers.get(&refined), Some(Answer::Ready(_))) {
            return self.frame(refined).map(|frame| (frame, true));
        }
        match self.frame(now) {
            Ok(frame) => {
                self.behind(refined);
                Ok((frame, false))
            }
            Err(Stop::Failed(_)) => self.frame(refined).map(|frame| (frame, true)),
            Err(stop) => Err(stop),
        }
    }

    /// The answer to a question for groups of people with what must not be shown beside the view's other answers hidden.
    pub(super) fn guarded(&mut self, query: &GroupsQuery, frame: Arc<Frame>, k: u32) -> Arc<Frame> {
        let (guarded, n_hidden) = self.release.guard(query, &frame, k);
        if n_hidden == 0 {
            return frame;
        }
        self.remark(format!("counts of fewer than {k} are hidden, and what would reveal them"));
        Arc::new(guarded)
    }

    /// A remark for the panel; equal ones are kept once.
    pub fn remark(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.remarks.contains(&text) {
            self.remarks.push(text);
        }
    }

    fn note_frame(&mut self, frame: &Frame) {
        for warning in &frame.warnings {
            match self.warnings.iter_mut().find(|w| w.text == warning.text) {
                Some(known) => known.count = known.count.max(warning.count),
                None => self.warnings.push(warning.clone()),
            }
        }
        if let Some(sampled) = &frame.sampled {
            self.remark(format!("sampled {}", sampled.how));
        }
    }

    /// Ends the derivation.
    pub fn into_notes(self) -> Notes {
        Notes {
            asked: self.asked,
            waiting: self.waiting,
            behind: self.behind,
            warnings: self.warnings,
            remarks: self.remarks,
            failures: self.failures,
        }
    }
}

impl Stop {
    /// The same, with a failure that is a matter of the workspace told with what to write there, as a column that is not there.
    #[must_use]
    pub fn taught(self) -> Self {
        match self {
            Self::Failed(failure) => Self::from(failure),
            other => other,
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        if failure.cause == Cause::Configuration {
            Self::missing(failure.text, failure.hint.unwrap_or_default())
        } else {
            Self::Failed(failure)
        }
    }
}
