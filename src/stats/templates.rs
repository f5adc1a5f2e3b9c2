//! Log lines grouped into templates: the words that stay, with `<*>` for what changes.
//!
//! After Drain (He, Zhu, Zheng and Lyu, *ICWS* 2017): tokens that look like values are masked, lines are told apart by their
//! number of tokens and the first one, and join the most similar template if enough tokens agree.
//! Deterministic for lines in the same order. Lines are taken as they are: the caller masks what must not be shown.

use crate::order::Order;
use std::collections::HashMap;

/// What stands for the changing part of a template.
pub const WILDCARD: &str = "<*>";

/// Least share of equal tokens for a line to join a template.
const LEAST_SIMILARITY: f64 = 0.5;

/// Templates kept for one number of tokens and first token; further lines join the last.
const MAX_SIBLINGS: usize = 100;

/// Tokens looked at in a line; the rest is one `<*>`.
const MAX_TOKENS: usize = 64;

/// A group of lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The tokens, `<*>` where lines differ.
    pub pattern: String,
    /// Lines in the group.
    pub n: usize,
    /// Least time of a line, in the unit given; `NaN` if none has one.
    pub first_seen: f64,
    /// Greatest time of a line; `NaN` if none has one.
    pub last_seen: f64,
    /// Place of the first line of the group in the input.
    pub example: usize,
}

/// The groups of a set of lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Templates {
    /// The groups, most lines first, then in order of appearance.
    pub templates: Vec<Template>,
    /// For every line the place of its group in `templates`.
    pub of_line: Vec<usize>,
}

/// Groups lines of (time, text); a line without a time carries `NaN`.
pub fn group_into_templates(lines: &[(f64, &str)]) -> Templates {
    let mut grower = Grower::default();
    let groups: Vec<usize> = lines.iter().enumerate().map(|(place, line)| grower.add(place, line)).collect();
    let mut order: Vec<usize> = (0..grower.groups.len()).collect();
    order.order_by_key(|&group| std::cmp::Reverse(grower.groups[group].template.n));
    let mut places = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, &group)| places[group] = place);
    let finished = |&group: &usize| {
        let Group { template, tokens } = &grower.groups[group];
        Template { pattern: tokens.join(" "), ..template.clone() }
    };
    Templates {
        templates: order.iter().map(finished).collect(),
        of_line: groups.into_iter().map(|group| places[group]).collect(),
    }
}

struct Group {
    template: Template,
    tokens: Vec<String>,
}

#[derive(Default)]
struct Grower {
    groups: Vec<Group>,
    /// Groups by number of tokens and first token.
    siblings: HashMap<(usize, String), Vec<usize>>,
}

impl Grower {
    fn add(&mut self, place: usize, &(time, text): &(f64, &str)) -> usize {
        let tokens = tokens_of(text);
        let key = (tokens.len(), tokens.first().cloned().unwrap_or_default());
        let siblings = self.siblings.entry(key).or_default();
        let similar = |&group: &usize| (group, similarity(&self.groups[group].tokens, &tokens));
        // The earliest of equals, so that the order of lines decides.
        let closest = siblings.iter().map(similar).reduce(|best, other| if other.1 > best.1 { other } else { best });
        let joined = match closest {
            Some((group, share)) if share >= LEAST_SIMILARITY => Some(group),
            _ if siblings.len() >= MAX_SIBLINGS => siblings.last().copied(),
            _ => None,
        };
        if let Some(group) = joined {
            self.groups[group].join(time, &tokens);
            return group;
        }
        siblings.push(self.groups.len());
        let template = Template { pattern: String::new(), n: 1, first_seen: time, last_seen: time, example: place };
        self.groups.push(Group { template, tokens });
        self.groups.len() - 1
    }
}

impl Group {
    fn join(&mut self, time: f64, tokens: &[String]) {
        self.template.n += 1;
        // `min` and `max` pass over NaN.
        self.template.first_seen = self.template.first_seen.min(time);
        self.template.last_seen = self.template.last_seen.max(time);
        for (own, other) in self.tokens.iter_mut().zip(tokens) {
            if own != other {
                WILDCARD.clone_into(own);
            }
        }
    }
}

fn similarity(template: &[String], line: &[String]) -> f64 {
    let n_equal = template.iter().zip(line).filter(|(a, b)| a == b).count();
    if line.is_empty() { 1.0 } else { n_equal as f64 / line.len() as f64 }
}

fn tokens_of(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = text.split_whitespace().take(MAX_TOKENS).map(masked).collect();
    if text.split_whitespace().nth(MAX_TOKENS).is_some() {
        tokens.push(WILDCARD.to_owned());
    }
    tokens
}

/// A token with its value masked: `id=42` keeps its key, a token with a digit or in quotes is a value, punctuation at the end stays.
fn masked(token: &str) -> String {
    let body = token.trim_end_matches([',', ';', ':', '.', ')', ']', '}']);
    let tail = &token[body.len()..];
    if let Some((key, _)) = body.split_once('=')
        && !key.is_empty()
        && !is_value(key)
    {
        return format!("{key}={WILDCARD}{tail}");
    }
    if is_value(body) { format!("{WILDCARD}{tail}") } else { token.to_owned() }
}

fn is_value(token: &str) -> bool {
    token.contains(|letter: char| letter.is_ascii_digit()) || token.starts_with(['"', '\'', '/'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], expected: &[(&str, usize)]) {
        let lines: Vec<(f64, &str)> = lines.iter().enumerate().map(|(i, line)| (i as f64, *line)).collect();
        let grouped = group_into_templates(&lines);
        let found: Vec<_> = grouped.templates.iter().map(|group| (group.pattern.as_str(), group.n)).collect();
        assert_eq!(found, expected);
        assert_eq!(grouped.of_line.len(), lines.len());
    }

    #[test]
    fn numbers_and_keys_are_masked() {
        check(
            &[
                "timeout after 30s on host=10.0.0.1",
                "timeout after 5s on host=db",
                "model loaded",
                "timeout after 31s on host=10.0.0.9",
            ],
            &[("timeout after <*> on host=<*>", 3), ("model loaded", 1)],
        );
    }

    #[test]
    fn words_that_differ_become_wildcards() {
        check(&["user alice failed to sign in", "user bob failed to sign in"], &[("user <*> failed to sign in", 2)]);
    }

    #[test]
    fn different_messages_stay_apart() {
        check(
            &["connection refused by peer", "connection closed", "cache miss for key"],
            &[("connection refused by peer", 1), ("connection closed", 1), ("cache miss for key", 1)],
        );
    }

    #[test]
    fn times_span_the_group_and_missing_ones_do_not_disturb() {
        let grouped = group_into_templates(&[(f64::NAN, "job 1 done"), (7.0, "job 2 done"), (3.0, "job 3 done")]);
        let group = &grouped.templates[0];
        assert_eq!((group.first_seen, group.last_seen, group.example), (3.0, 7.0, 0));
    }

    #[test]
    fn empty_and_endless_lines_are_grouped_too() {
        let endless = "word ".repeat(500);
        check(&["", "   ", &endless], &[("", 2), (&format!("{}<*>", "word ".repeat(64)), 1)]);
        assert_eq!(group_into_templates(&[]), Templates::default());
    }

    #[test]
    fn letters_of_any_script_are_no_obstacle() {
        check(&["größe überschritten: 12 µs…"], &[("größe überschritten: <*> µs…", 1)]);
    }
}
