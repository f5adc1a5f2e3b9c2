//! The conversation for an expression under filters: first which selectors carry the labels, then the expression.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use super::answer::read_data;
use super::insert::{SelectorSpan, insert};
use super::lists::{label_names_of, label_names_request};
use super::request::Limits;
use super::series::SeriesExchange;
use super::variables::parsable;
use crate::frame::{Frame, Warning};
use crate::query::{SeriesQuery, TimeRange};
use crate::source::{Exchange, Failure, Request, Response};

/// Label names are asked over whole hours, so that a refresh knows them already.
const HOUR_MS: i64 = 3_600_000;
/// Remembered answers; beyond it all are forgotten.
const MAX_REMEMBERED: usize = 1_000;
/// Tags of these requests, apart from those of the expression.
const FIRST_TAG: u32 = 1 << 20;

/// Label names by the request's path that asked for them, shared by a source's conversations.
pub(super) type Remembered = Rc<RefCell<HashMap<String, Vec<String>>>>;

/// Asks for label names, then for the expression with the filters in it.
pub(super) struct ExpressionExchange {
    query: SeriesQuery,
    expr: String,
    limits: Limits,
    /// Each selector with the path of the request that tells its labels.
    selectors: Vec<(SelectorSpan, String)>,
    asked: Vec<String>,
    waiting: VecDeque<Request>,
    n_outstanding: usize,
    remembered: Remembered,
    inner: Option<SeriesExchange>,
}

impl ExpressionExchange {
    /// Starts with the places of all selectors in the expression.
    pub(super) fn new(
        query: SeriesQuery,
        expr: String,
        spans: &[SelectorSpan],
        limits: Limits,
        remembered: Remembered,
    ) -> Result<Self, Failure> {
        let range = TimeRange::new(
            query.range.from_ms.div_euclid(HOUR_MS) * HOUR_MS,
            (query.range.to_ms.div_euclid(HOUR_MS) + 1) * HOUR_MS,
        );
        let stand_in = parsable(&expr);
        let (mut selectors, mut asked, mut waiting) = (Vec::new(), Vec::new(), VecDeque::new());
        for span in spans {
            let text = span.text(&stand_in).unwrap_or_default();
            let tag = FIRST_TAG + asked.len() as u32;
            let request = label_names_request(tag, text, range);
            selectors.push((span.clone(), request.path.clone()));
            if !remembered.borrow().contains_key(&request.path) && !asked.contains(&request.path) {
                asked.push(request.path.clone());
                waiting.push_back(request);
            }
        }
        let n_outstanding = waiting.len();
        let mut exchange =
            Self { query, expr, limits, selectors, asked, waiting, n_outstanding, remembered, inner: None };
        exchange.begin_if_known()?;
        Ok(exchange)
    }

    /// Once all label names are known, places the filters and begins with the expression.
    fn begin_if_known(&mut self) -> Result<(), Failure> {
        if self.n_outstanding > 0 || self.inner.is_some() {
            return Ok(());
        }
        let remembered = self.remembered.borrow();
        let names = |span: &SelectorSpan| {
            let path = self.selectors.iter().find(|(s, _)| s == span).map(|(_, path)| path);
            path.and_then(|path| remembered.get(path))
        };
        let carries =
            |span: &SelectorSpan, label: &str| names(span).is_some_and(|names| names.iter().any(|n| n == label));
        let spans: Vec<SelectorSpan> = self.selectors.iter().map(|(span, _)| span.clone()).collect();
        let text = insert(&self.expr, &spans, &self.query.matchers, carries)?;
        let mut inner = SeriesExchange::new(self.query.clone(), text, self.limits)?;
        for matcher in &self.query.matchers {
            if !spans.iter().any(|span| carries(span, &matcher.label)) {
                inner.note(Warning::not_filtered(&matcher.label));
            }
        }
        drop(remembered);
        self.inner = Some(inner);
        Ok(())
    }
}

impl Exchange for ExpressionExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        let mut requests: Vec<Request> = self.waiting.drain(..).collect();
        if let Some(inner) = &mut self.inner {
            requests.extend(inner.next_requests());
        }
        requests
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        let Some(asked) = tag.checked_sub(FIRST_TAG) else {
            return self.inner.as_mut().map_or(Ok(()), |inner| inner.receive(tag, response));
        };
        let names = label_names_of(&read_data(&response)?);
        if let Some(path) = self.asked.get(asked as usize) {
            let mut remembered = self.remembered.borrow_mut();
            if remembered.len() >= MAX_REMEMBERED {
                remembered.clear();
            }
            remembered.insert(path.clone(), names);
            self.n_outstanding = self.n_outstanding.saturating_sub(1);
        }
        self.begin_if_known()
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        self.inner.as_mut().map_or_else(|| Ok(Frame::default()), Exchange::finish)
    }

    fn progress(&self) -> Option<(u32, u32)> {
        self.inner.as_ref().and_then(Exchange::progress)
    }
}
