//! What people wrote, low scores first, with the prediction that it is about.

use super::answers::{Answer, Score};
use super::mask::masked;
use crate::derive::Context;
use crate::derive::shared::block;
use crate::order::Order;
use crate::view::{Block, BlockBody, Feed, FeedLine, Tone};

/// Comments on a line are cut to so many characters.
const MAX_CHARS: usize = 600;
/// Lines that are handed over; the rest is counted.
const MAX_LINES: usize = 500;

/// The comments, low scores first, then the newest. Only on the panel's own page.
pub(super) fn block_of(context: &Context<'_>, answers: &[Answer]) -> Block {
    let mut said: Vec<&Answer> = answers.iter().filter(|answer| answer.comment.is_some()).collect();
    said.order_by(|a, b| height(a).total_cmp(&height(b)).then(b.at_ms.total_cmp(&a.at_ms)));
    let feed = Feed {
        n_total: said.len() as u64,
        lines: said.into_iter().take(MAX_LINES).map(|answer| line(context, answer)).collect(),
    };
    block("comments", "Comments, low scores first", BlockBody::Feed(feed)).in_details()
}

/// The comment on a prediction, so that what is behind it is looked for where it came from.
pub(super) fn line_of(context: &Context<'_>, answers: &[Answer], prediction: &str) -> Option<FeedLine> {
    answers.iter().find(|answer| answer.prediction.as_deref() == Some(prediction)).map(|answer| line(context, answer))
}

/// The lowest of the given scores on a scale from 0 to 1; infinite without any, so that those come last.
fn height(answer: &Answer) -> f64 {
    let on_scale = |score: Score| {
        let given = answer.given(score);
        answer.counted(score).map(|counted| match score {
            Score::Rating | Score::Csat => (given - 1.0) / 4.0,
            Score::Thumbs => counted,
            Score::Nps => given / 10.0,
        })
    };
    Score::ALL.into_iter().filter_map(on_scale).fold(f64::INFINITY, f64::min)
}

fn line(context: &Context<'_>, answer: &Answer) -> FeedLine {
    let height = height(answer);
    let tone = match height {
        h if h <= 0.25 => Tone::Bad,
        h if h < 0.75 => Tone::Warning,
        h if h.is_finite() => Tone::Good,
        _ => Tone::Unknown,
    };
    let text = answer.comment.as_deref().unwrap_or_default();
    // The workspace may say that its comments carry nothing of this kind.
    let is_plain = context.option("comments") == Some("unmasked");
    let text = if is_plain { text.to_owned() } else { masked(text) };
    let cut = text.chars().count() > MAX_CHARS;
    let text: String = text.chars().take(MAX_CHARS).chain(cut.then_some('\u{2026}')).collect();
    FeedLine {
        at_ms: answer.at_ms,
        tone,
        level: level(answer),
        text,
        labels: answer.of.clone(),
        key: answer.prediction.clone(),
    }
}

/// The scores in words, as in "rating 2, NPS 4".
fn level(answer: &Answer) -> String {
    let word = |score: Score| {
        let given = answer.given(score);
        answer.counted(score).map(|counted| match score {
            Score::Rating => format!("rating {given}"),
            Score::Thumbs => format!("thumb {}", if counted > 0.0 { "up" } else { "down" }),
            Score::Csat => format!("CSAT {given}"),
            Score::Nps => format!("NPS {given}"),
        })
    };
    let words: Vec<String> = Score::ALL.into_iter().filter_map(word).collect();
    if words.is_empty() { "no score".to_owned() } else { words.join(", ") }
}
