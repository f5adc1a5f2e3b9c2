//! An expression as a tree, by recursive descent of bounded depth and size.

use super::scan::{Placed, Token, scan};
use super::{Mistake, Op};

/// Deepest nesting of parentheses and signs.
const MAX_DEPTH: usize = 16;
/// Most numbers and metrics.
const MAX_OPERANDS: usize = 32;

/// A part of an expression and how many characters stand before it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A number, with the id of its unit.
    Number(f64, Option<String>),
    /// The id of a metric.
    Metric(String),
    Negative(Box<Node>),
    Binary(Op, Box<Node>, Box<Node>),
}

/// The tree of an expression.
///
/// # Errors
/// At the first place where something else is expected, and where a bound is passed.
pub(super) fn parse(text: &str) -> Result<Node, Mistake> {
    let tokens = scan(text)?;
    let mut parser = Parser { tokens: &tokens, next: 0, n_operands: 0, end: text.chars().count() };
    let node = parser.sum(0)?;
    match parser.peek() {
        None => Ok(node),
        Some((at, token)) => {
            let expected = match token {
                Token::Sign(')') => "no parenthesis, since none is open",
                _ => "one of + - * / or the end",
            };
            Err(Mistake::at(*at, token.shown(), expected))
        }
    }
}

struct Parser<'a> {
    tokens: &'a [Placed],
    next: usize,
    n_operands: usize,
    /// Length of the text.
    end: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Placed> {
        self.tokens.get(self.next)
    }

    /// Takes the next word if it is one of these signs.
    fn sign(&mut self, of: &[(char, Op)]) -> Option<(usize, Op)> {
        let (at, token) = self.peek()?;
        let (_, op) = of.iter().find(|(sign, _)| *token == Token::Sign(*sign))?;
        self.next += 1;
        Some((*at, *op))
    }

    fn sum(&mut self, depth: usize) -> Result<Node, Mistake> {
        let mut left = self.product(depth)?;
        while let Some((at, op)) = self.sign(&[('+', Op::Add), ('-', Op::Sub)]) {
            let right = self.product(depth)?;
            left = Node { at, kind: Kind::Binary(op, Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Result<Node, Mistake> {
        let mut left = self.signed(depth)?;
        while let Some((at, op)) = self.sign(&[('*', Op::Mul), ('/', Op::Div)]) {
            let right = self.signed(depth)?;
            left = Node { at, kind: Kind::Binary(op, Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn signed(&mut self, depth: usize) -> Result<Node, Mistake> {
        match self.sign(&[('-', Op::Sub)]) {
            Some((at, _)) => {
                let of = self.signed(deeper(depth, at)?)?;
                Ok(Node { at, kind: Kind::Negative(Box::new(of)) })
            }
            None => self.operand(depth),
        }
    }

    fn operand(&mut self, depth: usize) -> Result<Node, Mistake> {
        let expected = "a number, the id of a metric or an open parenthesis";
        let Some((at, token)) = self.peek() else { return Err(Mistake::at(self.end, "the end", expected)) };
        let at = *at;
        self.next += 1;
        let kind = match token {
            Token::Sign('(') => {
                let inner = self.sum(deeper(depth, at)?)?;
                return match self.peek() {
                    Some((_, Token::Sign(')'))) => {
                        self.next += 1;
                        Ok(inner)
                    }
                    Some((at, token)) => Err(Mistake::at(*at, token.shown(), "a closing parenthesis")),
                    None => Err(Mistake::at(self.end, "the end", "a closing parenthesis")),
                };
            }
            Token::Sign(_) => return Err(Mistake::at(at, token.shown(), expected)),
            Token::Number(value) => Kind::Number(*value, self.unit()),
            Token::Name(name) => Kind::Metric(name.clone()),
        };
        self.n_operands += 1;
        if self.n_operands > MAX_OPERANDS {
            return Err(Mistake::at(at, token.shown(), format!("at most {MAX_OPERANDS} numbers and metrics")));
        }
        Ok(Node { at, kind })
    }

    /// The unit behind a number.
    fn unit(&mut self) -> Option<String> {
        let (_, Token::Name(unit)) = self.peek()? else { return None };
        self.next += 1;
        Some(unit.clone())
    }
}

fn deeper(depth: usize, at: usize) -> Result<usize, Mistake> {
    if depth >= MAX_DEPTH {
        return Err(Mistake::at(at, "a deeper nesting", format!("at most {MAX_DEPTH} levels")));
    }
    Ok(depth + 1)
}
