//! User feedback: ratings, thumbs, CSAT and NPS of people, over time and by version, and what they wrote, low scores first.
//!
//! People are counted, not answers: who answers often has no more say in an interval than who answers once.

mod answers;
mod charts;
mod comments;
mod mask;
mod pooled;
#[cfg(test)]
mod tests;
mod versions;

use super::business_impact::conversion::{part, titled};
use super::shared::{LEVEL, figures};
use super::{Ask, Context, Stop, errors};
use crate::spec::MetricSpec;
use crate::units::{Direction, Unit};
use crate::view::{Control, Figure, Summary, View};
use answers::{Answer, Score};
use pooled::Pooled;

/// All that the panel's parts show.
struct Scene<'a, 'c> {
    context: &'a Context<'c>,
    metric: &'a MetricSpec,
    answers: &'a [Answer],
    before: Option<(&'a super::Other<'c>, Vec<Answer>)>,
    /// The smallest number of people that is shown.
    k: Option<u32>,
}

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let metric = context.metric("feedback").ok_or_else(missing)?;
    let other = context.other();
    let own = answers::ask(context, ask, metric);
    let reference = other.as_ref().map(|other| (other, answers::ask(&other.context, ask, metric)));
    let own = own?;
    let found = answers::read(context, metric, &own).ok_or_else(|| nobody(metric))?;
    let before = match reference {
        Some((other, answer)) => {
            let frame = ask.spare(answer)?;
            frame.and_then(|frame| answers::read(context, metric, &frame)).map(|found| (other, found))
        }
        None => None,
    };
    if found.is_empty() {
        return Err(Stop::empty("nobody gave feedback in this time range"));
    }
    let n_nameless = found.iter().filter(|answer| answer.user.is_none()).count();
    if n_nameless > 0 {
        ask.remark(format!("{n_nameless} answers do not say whose they are: only their comments are shown"));
    }
    let k = context.workspace.privacy.small_cells.smallest();
    let scene = Scene { context, metric, answers: &found, before, k };
    let all = scene.figures();
    if all.iter().all(|figure| figure.value.is_none()) && k.is_some() {
        ask.remark("too few people answered for any score to be shown");
    }

    let chosen = scene.chosen();
    let options: Vec<(&str, &str)> = Score::ALL.map(|score| (score.id(), score.title())).to_vec();
    let mut blocks = Vec::new();
    blocks.extend(scene.lines(chosen).map(|block| block.of_width(7)));
    blocks.extend(scene.dots(chosen).map(|block| block.of_width(5)));
    blocks.extend(scene.callout());
    blocks.push(scene.table());
    blocks.push(comments::block_of(context, &found));
    // What is behind one comment is asked only on the panel's own page, where it is shown.
    if let Some(id) = context.setting("prediction").filter(|_| context.details) {
        let line = comments::line_of(context, &found, id);
        blocks.extend(errors::prediction::blocks(context, ask, id, line.as_ref())?);
    }
    let n = pooled::n_people(&found);
    let is_shown = k.is_none_or(|k| !crate::privacy::is_small(n, k));
    Ok(View {
        summary: Scene::summary(&all),
        figures: all,
        blocks,
        controls: vec![Control::choice("score", "Score drawn", &options, chosen.id())],
        n: is_shown.then(|| (n, "people".to_owned())),
        as_of_ms: found.iter().map(|answer| answer.at_ms).filter(|at| at.is_finite()).reduce(f64::max),
        ..View::default()
    })
}

impl Scene<'_, '_> {
    /// The score that the charts draw: the viewer's, else the first that anybody gave.
    fn chosen(&self) -> Score {
        let wanted = self.context.setting("score");
        let is_given = |score: &Score| self.answers.iter().any(|answer| answer.counted(*score).is_some());
        let named = Score::ALL.into_iter().find(|score| Some(score.id()) == wanted);
        named.or_else(|| Score::ALL.into_iter().find(is_given)).unwrap_or(Score::Rating)
    }

    fn metric_id(&self, score: Score) -> &str {
        if score == Score::Rating { &self.metric.id } else { score.id() }
    }

    fn unit(&self, score: Score) -> Unit {
        match score {
            Score::Rating => self.metric.unit.clone(),
            Score::Thumbs | Score::Csat => Unit::from("percentunit"),
            Score::Nps => Unit::from("short"),
        }
    }

    /// A score over all answers of a side, hidden where too few people gave it.
    fn pooled(&self, score: Score, answers: &[Answer]) -> Option<Pooled> {
        let mut found = [Pooled::of(score, answers.iter())?];
        pooled::guard(&[Vec::new()], &mut found, None, self.k);
        let [found] = found;
        Some(found)
    }

    fn figures(&self) -> Vec<Figure> {
        Score::ALL.map(|score| self.figure(score)).to_vec()
    }

    fn figure(&self, score: Score) -> Figure {
        let unit = self.unit(score);
        let title = titled(score.title(), part(self.context));
        let mut figure = figures::named(self.metric_id(score), &title, unit.id(), Direction::Higher);
        if score == Score::Rating {
            figure.target = self.metric.target;
            figure.direction = self.metric.direction;
        }
        let Some(own) = self.pooled(score, self.answers) else {
            figure.method = Some("none: nobody gave it in this time range".to_owned());
            return figure;
        };
        if own.is_hidden() {
            figure.method = Some("not shown: too few people gave it, or answered one way".to_owned());
            return figure;
        }
        figure.value = Some(own.value);
        figure.n = Some(own.n_people);
        (figure.low, figure.high) = (own.interval.map(|i| i.low), own.interval.map(|i| i.high));
        figure.method = Some(method(score, &own));
        if let Some((other, answers)) = &self.before
            && let Some(before) = self.pooled(score, answers).filter(|before| !before.is_hidden())
        {
            let of = own.difference(&before, LEVEL);
            figures::compare(&mut figure, before.value, of.map(|i| (i.low, i.high)), other.title);
        }
        if let Some(line) = self.whole_line(score) {
            figure.spark = super::shared::lines::spark(&line.x, &line.y);
        }
        figure
    }

    fn summary(all: &[Figure]) -> Summary {
        let mut known = all.iter().filter_map(|figure| figure.value.map(|value| (figure, value)));
        let Some((first, value)) = known.next() else {
            return Summary::text("too few people answered in this time range for a score to be shown");
        };
        let mut said = Summary::text(format!("{} is ", first.title)).value(value, &first.unit);
        if let (Some(low), Some(high)) = (first.low, first.high) {
            said = said.then(" (").value(low, &first.unit).then(" to ").value(high, &first.unit).then(")");
        }
        said = figures::say_change(said, first);
        if let Some(n) = first.n {
            said = said.then(", over ").value(n, &Unit::from("short")).then(" people");
        }
        for (figure, value) in known {
            said = said.then(format!("; {} ", figure.title)).value(value, &figure.unit);
        }
        said
    }
}

/// What the number and its interval rest on.
fn method(score: Score, own: &Pooled) -> String {
    let n = own.n_answers;
    match (score, own.interval) {
        (Score::Rating, Some(_)) => {
            format!("mean over people of each one's mean, {n} ratings; Student's t interval over people")
        }
        (Score::Rating, None) => {
            format!("mean over people of each one's mean, {n} ratings; no interval: nothing varies between people")
        }
        (Score::Thumbs, _) => {
            format!("share of {n} thumbs that point up; Wilson interval as if each person's answers were one")
        }
        (Score::Csat, _) => {
            format!("share of 4 and 5 among {n} answers; Wilson interval as if each person's answers were one")
        }
        (Score::Nps, _) => format!(
            "share of 9 and 10 less share of 0 to 6 among {n} answers, times 100; Newcombe's interval for two shares of the same people, as if each person's answers were one"
        ),
    }
}

fn nobody(metric: &MetricSpec) -> Stop {
    Stop::missing(
        format!("{} does not say whose an answer is, so people cannot be counted", metric.title()),
        "\"columns\": { \"user_id\": \"<column that names the user>\" }",
    )
}

fn missing() -> Stop {
    Stop::missing(
        "this panel waits for the metric feedback: a table of ratings, thumbs, CSAT, NPS and comments, one row an answer",
        "\"metrics\": [\n  { \"id\": \"feedback\", \"unit\": \"short\", \"direction\": \"higher\", \"query\": {\n      \"type\": \"table\", \"source\": \"desk\", \"table\": \"feedback\", \"time\": \"at\",\n      \"value\": \"rating\", \"aggregate\": \"mean\",\n      \"columns\": { \"user_id\": \"user_id\", \"thumb\": \"thumb\", \"csat\": \"csat\", \"nps\": \"nps\",\n                   \"comment\": \"comment\", \"prediction_id\": \"prediction_id\" } } }\n]",
    )
}
