//! Adding filters to the selectors of a `PromQL` expression.
//!
//! The places come from a real parser; this only inserts text there and touches nothing else.

use serde::{Deserialize, Serialize};

use super::promql::conditions;
use crate::order::Order;
use crate::query::Matcher;
use crate::source::{Cause, Failure};

/// Where an expression has a vector selector. Offsets are bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectorSpan {
    /// Metric name; empty if the selector has none before its braces.
    pub name: String,
    /// Where the name begins; where the selector begins if there is no name.
    pub name_from: usize,
    /// Where the name ends.
    pub name_to: usize,
    /// From the opening brace to behind the closing one.
    pub brace: Option<(usize, usize)>,
    /// Label names that it already compares.
    pub matchers: Vec<String>,
}

impl SelectorSpan {
    /// The selector's own text in its expression; `None` if the span is not of this expression.
    pub fn text<'a>(&self, expr: &'a str) -> Option<&'a str> {
        let (from, to) = self.brace.map_or((self.name_from, self.name_to), |(brace, to)| {
            (if self.name.is_empty() { brace } else { self.name_from }, to)
        });
        expr.get(from..to)
    }
}

/// Turns offsets in UTF-16 units, as parsers in JavaScript give them, into bytes. Offsets beyond the end become the end.
pub fn bytes_from_utf16(expr: &str, spans: &mut [SelectorSpan]) {
    let mut bytes = Vec::with_capacity(expr.len() + 1);
    for (at, c) in expr.char_indices() {
        bytes.extend(std::iter::repeat_n(at, c.len_utf16()));
    }
    let byte = |unit: usize| bytes.get(unit).copied().unwrap_or(expr.len());
    for span in spans {
        span.name_from = byte(span.name_from);
        span.name_to = byte(span.name_to);
        span.brace = span.brace.map(|(from, to)| (byte(from), byte(to)));
    }
}

/// The expression with the matchers added in every selector that carries their label.
///
/// A selector that already compares the label gets the new condition in addition: both must hold.
///
/// # Errors
/// [`Cause::Configuration`] if the spans do not fit the expression or a label has no name.
pub fn insert(
    expr: &str,
    spans: &[SelectorSpan],
    matchers: &[Matcher],
    carries: impl Fn(&SelectorSpan, &str) -> bool,
) -> Result<String, Failure> {
    let misfit = || Failure::new(Cause::Configuration, format!("the parsed places do not fit the expression {expr:?}"));
    let mut ordered: Vec<&SelectorSpan> = spans.iter().collect();
    ordered.order_by_key(|span| span.brace.map_or(span.name_to, |(from, _)| from));
    let (mut out, mut done) = (String::with_capacity(expr.len()), 0);
    for span in ordered {
        let added = conditions(matchers.iter().filter(|m| carries(span, &m.label)))?;
        if added.is_empty() {
            continue;
        }
        let (at, text) = if let Some((from, to)) = span.brace {
            let inner = expr.get(from..to).and_then(|t| t.strip_prefix('{')?.strip_suffix('}')).ok_or_else(misfit)?;
            // The new condition goes first: what follows may end in a comma or in a comment.
            let is_empty = span.matchers.is_empty() && inner.trim().is_empty();
            (from + 1, if is_empty { added } else { format!("{added},") })
        } else {
            (span.name_to, format!("{{{added}}}"))
        };
        out.push_str(expr.get(done..at).ok_or_else(misfit)?);
        out.push_str(&text);
        done = at;
    }
    out.push_str(expr.get(done..).ok_or_else(misfit)?);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use promql_parser::parser::{self, Expr, VectorSelector};
    use proptest::prelude::*;

    use super::*;
    use crate::query::MatchOp;

    fn span(name: &str, name_from: usize, brace: Option<(usize, usize)>, matchers: &[&str]) -> SelectorSpan {
        let matchers = matchers.iter().map(|m| (*m).to_owned()).collect();
        SelectorSpan { name: name.into(), name_from, name_to: name_from + name.len(), brace, matchers }
    }

    #[track_caller]
    fn check(expr: &str, spans: &[SelectorSpan], expected: &str) {
        let matchers = [Matcher::any_of("m", ["x"])];
        assert_eq!(insert(expr, spans, &matchers, |span, _| span.name != "b").unwrap(), expected);
    }

    #[test]
    fn conditions_go_where_the_label_is_carried() {
        check("a + b", &[span("a", 0, None, &[]), span("b", 4, None, &[])], r#"a{m="x"} + b"#);
        check("a{}", &[span("a", 0, Some((1, 3)), &[])], r#"a{m="x"}"#);
        check(r#"a{m="y",}"#, &[span("a", 0, Some((1, 9)), &["m"])], r#"a{m="x",m="y",}"#);
        check("a{ # c\n}", &[span("a", 0, Some((1, 8)), &[])], "a{m=\"x\", # c\n}");
        check(r#"{__name__="a"}"#, &[span("", 0, Some((0, 14)), &["__name__"])], r#"{m="x",__name__="a"}"#);
    }

    #[test]
    fn places_of_another_expression_are_refused() {
        let matchers = [Matcher::any_of("m", ["x"])];
        for spans in [[span("a", 9, None, &[])], [span("a", 0, Some((1, 2)), &[])], [span("a", 0, None, &[])]] {
            assert!(insert("é{}", &spans, &matchers, |_, _| true).is_err(), "{spans:?}");
        }
    }

    #[test]
    fn places_in_utf16_become_bytes() {
        let expr = "a{l=\"é😀\"} + b";
        let mut spans = [span("a", 0, Some((1, 10)), &["l"]), span("b", 13, None, &[])];
        bytes_from_utf16(expr, &mut spans);
        assert_eq!(spans[0].text(expr), Some("a{l=\"é😀\"}"));
        assert_eq!(spans[1].text(expr), Some("b"));
    }

    /// An expression and the places of its selectors.
    #[derive(Clone, Debug)]
    struct Written {
        text: String,
        spans: Vec<SelectorSpan>,
    }

    /// Puts expressions into the holes (`@`) of a pattern.
    fn wrap(pattern: &str, holes: &[Written]) -> Written {
        let mut out = Written { text: String::new(), spans: Vec::new() };
        let mut holes = holes.iter();
        for (i, piece) in pattern.split('@').enumerate() {
            if i > 0 {
                let hole = holes.next().unwrap();
                let by = out.text.len();
                out.spans.extend(hole.spans.iter().map(|s| SelectorSpan {
                    name_from: s.name_from + by,
                    name_to: s.name_to + by,
                    brace: s.brace.map(|(from, to)| (from + by, to + by)),
                    ..s.clone()
                }));
                out.text.push_str(&hole.text);
            }
            out.text.push_str(piece);
        }
        out
    }

    fn any_selector() -> impl Strategy<Value = Written> {
        let braces = prop_oneof![
            Just((None, vec![])),
            Just((Some("{}"), vec![])),
            Just((Some("{ }"), vec![])),
            Just((Some(r#"{m="y"}"#), vec!["m"])),
            Just((Some(r#" { l = "}{\"" , n!~'a|b' , } "#.trim_end()), vec!["l", "n"])),
            Just((Some("{l=`}\"`,n=\"é\"}"), vec!["l", "n"])),
        ];
        (prop::sample::select(vec!["up", "a:b", "sum_total", "_x9"]), braces).prop_map(|(name, (braces, matchers))| {
            let text = format!("{name}{}", braces.unwrap_or_default());
            let brace = braces.map(|b| (name.len() + b.find('{').unwrap(), text.len()));
            Written { spans: vec![span(name, 0, brace, &matchers)], text }
        })
    }

    fn any_expression() -> impl Strategy<Value = Written> {
        let rates =
            ["rate(@[5m])", "increase(@[1h] offset 1d)", "max_over_time(@[3s])", "@", "@ offset 5m", "@ @ 1234"];
        let leaf = (any_selector(), prop::sample::select(rates.to_vec())).prop_map(|(selector, pattern)| {
            if pattern == "@ @ 1234" {
                Written { text: format!("{} @ 1234", selector.text), ..selector }
            } else {
                wrap(pattern, &[selector])
            }
        });
        let one = [
            "sum by (m) (@)",
            "(@)",
            "-(@)",
            "histogram_quantile(0.9, @)",
            "topk(3, @)",
            "(@) > bool 3",
            "label_replace(@, \"m\", \"$1{\", \"l\", \"(.*)\")",
            "max_over_time((@)[1h:5m])",
            "# {up}\n@",
        ];
        let two =
            ["(@) / on (m) group_left (n) (@)", "(@) or (@)", "(@) unless ignoring (l) (@)", "2 * (@) + (@) # end\n"];
        leaf.prop_recursive(4, 24, 2, move |inner| {
            let (a, b) = (inner.clone(), inner);
            prop_oneof![
                (prop::sample::select(one.to_vec()), a.clone()).prop_map(|(p, e)| wrap(p, &[e])),
                (prop::sample::select(two.to_vec()), a, b).prop_map(|(p, e, f)| wrap(p, &[e, f])),
            ]
        })
    }

    fn visit(expr: &mut Expr, see: &mut impl FnMut(&mut VectorSelector)) {
        match expr {
            Expr::Aggregate(e) => {
                visit(&mut e.expr, see);
                if let Some(param) = &mut e.param {
                    visit(param, see);
                }
            }
            Expr::Unary(e) => visit(&mut e.expr, see),
            Expr::Binary(e) => {
                visit(&mut e.lhs, see);
                visit(&mut e.rhs, see);
            }
            Expr::Paren(e) => visit(&mut e.expr, see),
            Expr::Subquery(e) => visit(&mut e.expr, see),
            Expr::VectorSelector(e) => see(e),
            Expr::MatrixSelector(e) => see(&mut e.vs),
            Expr::Call(e) => e.args.args.iter_mut().for_each(|e| visit(e, see)),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
        }
    }

    fn any_value() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[\"\\\\\n\r\t{}`'$é\u{0}\u{fffd}😀|.]{0,6}"]
    }

    proptest! {
        #[test]
        fn every_selector_gets_the_conditions_and_nothing_else_changes(
            written in any_expression(), equal in any_value(), unequal in any_value(),
        ) {
            let extra = [Matcher::any_of("m", [&equal]), Matcher::none_of("other", [&unequal])];
            let changed = insert(&written.text, &written.spans, &extra, |_, _| true).unwrap();
            let mut before = parser::parse(&written.text).unwrap();
            let mut after = parser::parse(&changed).unwrap();
            let mut n_selectors = 0;
            visit(&mut after, &mut |selector| {
                let added: Vec<_> = selector.matchers.matchers.drain(..2).map(|m| (m.name, m.op.to_string(), m.value)).collect();
                let wanted = [("m", "=", &equal), ("other", "!=", &unequal)];
                assert_eq!(added, wanted.map(|(l, op, v)| (l.to_owned(), op.to_owned(), v.clone())));
                n_selectors += 1;
            });
            let mut n_before = 0;
            visit(&mut before, &mut |_| n_before += 1);
            prop_assert_eq!(n_selectors, n_before);
            prop_assert_eq!(n_selectors, written.spans.len());
            prop_assert_eq!(after, before);
        }

        #[test]
        fn a_list_of_values_matches_just_those(values in prop::collection::btree_set(any_value(), 2..5)) {
            let text = conditions(&[Matcher::any_of("m", &values)]).unwrap();
            let Expr::VectorSelector(selector) = parser::parse(&format!("up{{{text}}}")).unwrap() else { panic!() };
            let matcher = &selector.matchers.matchers[0];
            for value in &values {
                prop_assert!(matcher.is_match(value), "{matcher:?} {value:?}");
            }
            let other = values.iter().map(String::as_str).collect::<String>() + "~";
            prop_assert!(!matcher.is_match(&other));
        }

        #[test]
        fn any_places_never_panic(expr in ".{0,20}", at in any::<[u8; 4]>()) {
            let [a, b, c, d] = at.map(|n| usize::from(n % 24));
            let spans = [SelectorSpan { name: "x".into(), name_from: a, name_to: b, brace: Some((c, d)), matchers: vec![] }];
            let _ = insert(&expr, &spans, &[Matcher { label: "m".into(), op: MatchOp::Regex, values: vec!["x".into()] }], |_, _| true);
            bytes_from_utf16(&expr, &mut spans.clone());
            let _ = spans[0].text(&expr);
        }
    }
}
