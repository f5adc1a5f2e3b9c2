//! An expression whose names are known, whose units go together, and which can be computed.

use super::parse::{Kind, Node, parse};
use super::quantity::Quantity;
use super::{Field, Mistake, Op};
use crate::spec::nearest::nearest;
use crate::spec::{MetricQuerySpec, MetricSpec, TableAggregate, Workspace};
use crate::units::Unit;

/// Most operands when derived metrics of derived metrics are written out.
const MAX_OPERANDS: usize = 256;

/// What a metric is computed of; a metric that is not derived is its own only part.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula<'a> {
    /// The metrics that sources are asked for, each once.
    pub parts: Vec<&'a MetricSpec>,
    /// The arithmetic.
    pub step: Step,
    /// Unit of the result.
    pub unit: Unit,
}

/// One step of the arithmetic.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A number.
    Number(f64),
    /// The part at this place.
    Part(usize),
    /// In another scale of the unit.
    Scaled(f64, Box<Step>),
    /// With the other sign.
    Negative(Box<Step>),
    /// Of two operands.
    Binary(Op, Box<Step>, Box<Step>),
}

impl<'a> Formula<'a> {
    /// The formula of a metric.
    ///
    /// # Errors
    /// With the first mistake in the expression: its grammar, a name that is no metric, a cycle, units that do not go together, and a
    /// unit that has no name and is not declared, or contradicts the declared one.
    pub fn of(workspace: &'a Workspace, metric: &'a MetricSpec) -> Result<Self, Mistake> {
        let mut found = Expansion { workspace, chain: Vec::new(), parts: Vec::new(), n_operands: 0 };
        let (step, _, unit) = found.metric(metric)?;
        if found.parts.is_empty() {
            return Err(Mistake::at(0, "numbers alone", "the id of at least one metric"));
        }
        Ok(Self { parts: found.parts, step, unit })
    }
}

struct Expansion<'a> {
    workspace: &'a Workspace,
    /// The derived metrics that are being written out, outermost first.
    chain: Vec<&'a str>,
    parts: Vec<&'a MetricSpec>,
    n_operands: usize,
}

impl<'a> Expansion<'a> {
    /// What a metric is, in the unit that it has.
    fn metric(&mut self, metric: &'a MetricSpec) -> Result<(Step, Quantity, Unit), Mistake> {
        let MetricQuerySpec::Derived { expression } = &metric.query else {
            let place = self.parts.iter().position(|part| part.id == metric.id).unwrap_or_else(|| {
                self.parts.push(metric);
                self.parts.len() - 1
            });
            let quantity = of_part(metric);
            // A counter is asked for what it counted, so that its own unit, of a rate, is not the result's.
            let unit = quantity.unit().map_or_else(|| metric.unit.clone(), |(unit, _)| unit);
            let is_rate = matches!(metric.query, MetricQuerySpec::Counter { .. } | MetricQuerySpec::Histogram { .. });
            return Ok((Step::Part(place), quantity, if is_rate { unit } else { metric.unit.clone() }));
        };
        let tree = parse(expression)?;
        self.chain.push(&metric.id);
        let found = self.node(&tree);
        self.chain.pop();
        let (step, quantity) = found?;
        in_unit(step, quantity, &metric.unit)
    }

    fn node(&mut self, node: &Node) -> Result<(Step, Quantity), Mistake> {
        match &node.kind {
            Kind::Number(value, unit) => {
                self.count(node.at)?;
                let quantity = match unit {
                    Some(id) => self.unit(id, node.at)?,
                    None => Quantity::bare(),
                };
                Ok((Step::Number(*value), quantity))
            }
            Kind::Metric(id) => {
                self.count(node.at)?;
                self.named(id, node.at)
            }
            Kind::Negative(of) => {
                let (step, quantity) = self.node(of)?;
                Ok((Step::Negative(Box::new(step)), quantity))
            }
            Kind::Binary(op, left, right) => {
                let (left, right) = (self.node(left)?, self.node(right)?);
                match op {
                    Op::Add | Op::Sub => added(*op, left, right, node.at),
                    Op::Mul | Op::Div => {
                        let power = if *op == Op::Mul { 1 } else { -1 };
                        let quantity = left.1.times(&right.1, power);
                        Ok((Step::Binary(*op, Box::new(left.0), Box::new(right.0)), quantity))
                    }
                }
            }
        }
    }

    fn count(&mut self, at: usize) -> Result<(), Mistake> {
        self.n_operands += 1;
        if self.n_operands <= MAX_OPERANDS {
            return Ok(());
        }
        let expected = format!("at most {MAX_OPERANDS} operands with the derived metrics written out");
        Err(Mistake::at(at, "more operands", expected))
    }

    fn unit(&self, id: &str, at: usize) -> Result<Quantity, Mistake> {
        let is_used = self.workspace.metrics.iter().any(|metric| metric.unit.id() == id);
        if is_used || Quantity::is_known(id) {
            return Ok(Quantity::of(&Unit::new(id)));
        }
        let nearest = nearest(id, Quantity::known_units());
        Err(Mistake {
            nearest,
            ..Mistake::at(at, format!("\"{id}\" behind a number"), "a unit such as s or currencyEUR")
        })
    }

    fn named(&mut self, id: &str, at: usize) -> Result<(Step, Quantity), Mistake> {
        if let Some(from) = self.chain.iter().position(|known| *known == id) {
            let cycle: Vec<&str> = self.chain.iter().skip(from).copied().chain([id]).collect();
            return Err(Mistake::at(
                at,
                format!("the cycle {}", cycle.join(" -> ")),
                "metrics that do not need this one",
            ));
        }
        let ids = || self.workspace.metrics.iter().map(|metric| metric.id.as_str());
        let Some(metric) = self.workspace.metrics.iter().find(|metric| metric.id == id) else {
            let is_minus = id.match_indices('-').any(|(place, _)| {
                let (left, right) = (id.get(..place), id.get(place + 1..));
                ids().any(|known| Some(known) == left) && ids().any(|known| Some(known) == right)
            });
            let expected = if is_minus { "spaces around a minus, as in a - b" } else { "the id of a metric" };
            return Err(Mistake { nearest: nearest(id, ids()), ..Mistake::at(at, format!("\"{id}\""), expected) });
        };
        match self.metric(metric) {
            Ok((step, quantity, _)) => Ok((step, quantity)),
            Err(inner) if inner.found.starts_with("the cycle ") => Err(Mistake { at: Some(at), ..inner }),
            Err(_) => Err(Mistake::at(at, format!("\"{id}\""), "a metric whose own expression has no mistake")),
        }
    }
}

/// The sum or difference of two operands, the right one in the left one's scale.
fn added(op: Op, left: (Step, Quantity), right: (Step, Quantity), at: usize) -> Result<(Step, Quantity), Mistake> {
    let ((left, of_left), (right, of_right)) = (left, right);
    let is_taken = |bare: &Quantity, other: &Quantity| bare.is_bare && other.takes_bare();
    let (right, quantity) = if is_taken(&of_left, &of_right) {
        (right, of_right.plus(&of_left))
    } else if is_taken(&of_right, &of_left) {
        (right, of_left.plus(&of_right))
    } else if of_left.has_dimensions_of(&of_right) && !of_left.is_bare && !of_right.is_bare {
        (scaled(right, of_right.factor / of_left.factor), of_left.plus(&of_right))
    } else {
        let sign = if op == Op::Add { '+' } else { '-' };
        let found = format!("\"{sign}\" between {} and {}", of_left.shown(), of_right.shown());
        return Err(Mistake::at(at, found, "the same unit on both sides"));
    };
    Ok((Step::Binary(op, Box::new(left), Box::new(right)), quantity))
}

fn scaled(step: Step, by: f64) -> Step {
    if (by - 1.0).abs() < 1e-12 { step } else { Step::Scaled(by, Box::new(step)) }
}

/// The result in the declared unit, else in the one that says what it measures.
fn in_unit(step: Step, quantity: Quantity, declared: &Unit) -> Result<(Step, Quantity, Unit), Mistake> {
    let known = quantity.unit();
    let (unit, factor) = if matches!(declared.id(), "none" | "") {
        known.ok_or_else(|| {
            let expected = format!("a declared unit, since none has a name for {}", quantity.shown());
            Mistake::whole(Field::Unit, "no unit", expected)
        })?
    } else {
        let is_own = declared.id().contains(':');
        let may_be = quantity.may_be(declared) || (known.is_none() && !Quantity::is_known(declared.id()));
        if !is_own && !may_be {
            let found = format!("\"{}\"", declared.id());
            return Err(Mistake::whole(Field::Unit, found, format!("a unit of {}", quantity.shown())));
        }
        // With numbers of the author's own in it, the scale is the author's too.
        let is_as_written = is_own || quantity.is_scaled;
        (declared.clone(), if is_as_written { quantity.factor } else { Quantity::of(declared).factor })
    };
    let step = scaled(step, quantity.factor / factor);
    let factor = if quantity.is_scaled { Quantity::of(&unit).factor } else { factor };
    Ok((step, quantity.in_scale(factor), unit))
}

/// What the number of a part measures, as `derive::derived` asks for it.
fn of_part(metric: &MetricSpec) -> Quantity {
    let declared = Quantity::of(&metric.unit);
    let is_plain = matches!(metric.unit.id(), "none" | "");
    match &metric.query {
        MetricQuerySpec::Counter { .. } => declared.added_up(),
        MetricQuerySpec::Histogram { .. } => Quantity::count(),
        MetricQuerySpec::Table { aggregate: TableAggregate::Units, .. }
        | MetricQuerySpec::Table { value: None, aggregate: TableAggregate::Sum, .. }
            if is_plain =>
        {
            Quantity::count()
        }
        _ => declared,
    }
}

/// Whether a part counts things that come one by one, so that chance alone makes it vary as a Poisson count does.
pub(crate) fn is_count(metric: &MetricSpec) -> bool {
    of_part(metric).is_count()
}
