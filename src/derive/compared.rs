//! The sides of a comparison: what the viewer looks at, and the same questions asked of what it is compared with.
//!
//! A panel asks its own side through its [`Context`] and the other through [`Context::other`], with the same functions. Under a
//! comparison with the rest the own side is narrowed to the chosen value, so that the two sides share no request.

use std::collections::BTreeMap;

use super::{Context, Reference, ReferenceKind};
use crate::state::Filter;

/// Which side of a comparison a context asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side<'a> {
    /// What the viewer looks at. The default.
    #[default]
    Own,
    /// What it is compared with.
    Other(&'a Reference),
}

/// The other side of a comparison.
#[derive(Clone, Debug)]
pub struct Other<'a> {
    /// Shown name, such as "all regions but eu".
    pub title: &'a str,
    /// What it is.
    pub kind: &'a ReferenceKind,
    /// Asks the same questions of the other side; its range is the other side's.
    pub context: Context<'a>,
}

impl Other<'_> {
    /// Whether it is the same question over another time, so that series keep their names and are moved onto the present.
    pub fn is_earlier(&self) -> bool {
        matches!(self.kind, ReferenceKind::Range(_))
    }

    /// Whether it is all other values of a dimension.
    pub fn is_rest(&self) -> bool {
        matches!(self.kind, ReferenceKind::Rest { .. })
    }
}

/// A chosen value of a dimension that is compared with all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest<'a> {
    /// Shown name of the others, such as "all regions but eu".
    pub title: &'a str,
    /// Dimension id.
    pub dimension: &'a str,
    /// The chosen value.
    pub value: &'a str,
}

impl<'a> Context<'a> {
    /// The other sides that the selection compares with, in its order; none on an other side itself.
    pub fn others(&self) -> impl Iterator<Item = Other<'a>> + use<'a> {
        let own = self.clone();
        let references = if self.side == Side::Own { self.references } else { &[] };
        references.iter().map(move |reference| {
            let range = if let ReferenceKind::Range(range) = reference.kind { range } else { own.range };
            let context = Context { side: Side::Other(reference), range, ..own.clone() };
            Other { title: &reference.title, kind: &reference.kind, context }
        })
    }

    /// The first other side, for panels that draw one.
    pub fn other(&self) -> Option<Other<'a>> {
        self.others().next()
    }

    /// The comparison of a value with the rest, if the selection has one.
    pub fn rest(&self) -> Option<Rest<'a>> {
        self.references.iter().find_map(|reference| match &reference.kind {
            ReferenceKind::Rest { dimension, value } => Some(Rest { title: &reference.title, dimension, value }),
            _ => None,
        })
    }

    /// The dimension without which an other side would be the own side again; `None` for another time and for the own side.
    pub fn told_apart_by(&self) -> Option<&'a str> {
        let Side::Other(reference) = self.side else { return None };
        match &reference.kind {
            ReferenceKind::Range(_) => None,
            ReferenceKind::Rest { dimension, .. } => Some(dimension),
            ReferenceKind::Model { id, version } => {
                let chosen = self.selection.filters.get("model").map(|f| f.include.as_slice());
                let is_own_model = chosen == Some(std::slice::from_ref(id));
                Some(if is_own_model && version.is_some() { "version" } else { "model" })
            }
        }
    }

    /// The filters of this side: the selection's, changed as the side demands.
    ///
    /// The rest is what the filter lets through but the chosen value; everything else where it lets through nothing but that.
    /// Another model takes the place of the filters for model and version.
    pub fn filters(&self) -> BTreeMap<String, Filter> {
        let mut filters = self.selection.filters.clone();
        match self.side {
            Side::Other(Reference { kind: ReferenceKind::Model { id, version }, .. }) => {
                filters.insert("model".to_owned(), only(id));
                filters.remove("version");
                if let Some(version) = version {
                    filters.insert("version".to_owned(), only(version));
                }
            }
            Side::Other(Reference { kind: ReferenceKind::Rest { dimension, value }, .. }) => {
                let filter = filters.entry(dimension.clone()).or_default();
                filter.include.retain(|v| v != value);
                if !filter.exclude.contains(value) {
                    filter.exclude.push(value.clone());
                }
                return filters;
            }
            _ => {}
        }
        if let Some(rest) = self.rest() {
            filters.insert(rest.dimension.to_owned(), only(rest.value));
        }
        filters
    }
}

fn only(value: &str) -> Filter {
    Filter { include: vec![value.to_owned()], exclude: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Bench;
    use super::*;
    use crate::query::{MatchOp, SourceId, TimeRange};
    use crate::spec::PanelKind;

    fn reference(kind: ReferenceKind) -> Reference {
        Reference { title: "other".to_owned(), kind }
    }

    fn rest(dimension: &str, value: &str) -> Reference {
        reference(ReferenceKind::Rest { dimension: dimension.to_owned(), value: value.to_owned() })
    }

    fn bench(references: Vec<Reference>) -> Bench {
        let mut bench = Bench::new(PanelKind::Errors, r#"[{ "id": "m" }, { "id": "o" }]"#, "[]");
        bench.references = references;
        bench
    }

    /// The conditions of a side as text, `label=values` or `label!=values`.
    fn conditions(context: &Context<'_>) -> Vec<String> {
        let (matchers, _) = context.matchers(&SourceId("prom".to_owned()), None);
        let sign = |op: MatchOp| if op == MatchOp::In { "=" } else { "!=" };
        matchers.iter().map(|m| format!("{}{}{}", m.label, sign(m.op), m.values.join("|"))).collect()
    }

    #[test]
    fn the_chosen_value_and_the_rest_share_nothing() {
        let mut bench = bench(vec![rest("region", "eu")]);
        let sides = |bench: &Bench| {
            let context = bench.context();
            (conditions(&context), conditions(&context.other().unwrap().context))
        };
        assert_eq!(sides(&bench), (vec!["region=eu".to_owned()], vec!["region!=eu".to_owned()]));
        bench.filter("region", &["eu", "us"], &[]);
        assert_eq!(
            sides(&bench),
            (vec!["region=eu".to_owned()], vec!["region=us".to_owned(), "region!=eu".to_owned()])
        );
        bench.filter("region", &["eu"], &["asia"]);
        assert_eq!(sides(&bench).1, ["region!=asia|eu"]);
    }

    #[test]
    fn another_model_takes_the_place_of_the_filters() {
        let kind = ReferenceKind::Model { id: "o".to_owned(), version: Some("2".to_owned()) };
        let mut bench = bench(vec![reference(kind)]);
        bench.filter("model", &["m"], &[]);
        bench.filter("version", &["9"], &[]);
        let context = bench.context();
        assert_eq!(conditions(&context), ["model=m", "version=9"]);
        let other = context.other().unwrap();
        assert_eq!(conditions(&other.context), ["model=o", "version=2"]);
        assert_eq!(other.context.told_apart_by(), Some("model"));
        assert!(other.context.other().is_none());
    }

    #[test]
    fn an_earlier_time_keeps_the_filters_and_moves_the_range() {
        let range = TimeRange::new(0, 10);
        let bench = bench(vec![reference(ReferenceKind::Range(range)), rest("segment", "new")]);
        let context = bench.context();
        let other = context.other().unwrap();
        assert!(other.is_earlier() && other.context.told_apart_by().is_none());
        assert_eq!((other.context.range, conditions(&other.context)), (range, vec!["segment=new".to_owned()]));
        assert_eq!(context.others().count(), 2);
    }
}
