//! Values of a dimension as parts of a world map.

use crate::derive::Context;
use crate::spec::is_country;
use crate::view::{Bars, Block, BlockBody, MapPart, WorldMap};

/// The countries that a value of a dimension stands for: what the workspace says, else itself if it is a country's code.
/// Codes of no country are left out.
pub(crate) fn places(context: &Context<'_>, dimension: &str, value: &str) -> Vec<String> {
    let spec = context.workspace.dimensions.iter().find(|d| d.id == dimension);
    match spec.and_then(|spec| spec.places.get(value)) {
        Some(codes) => codes.iter().filter(|code| is_country(code)).cloned().collect(),
        None if is_country(value) => vec![value.to_owned()],
        None => Vec::new(),
    }
}

/// Bars by a dimension as a map, with a word about each value, as long as the bars; `None` if none has a place on it.
pub(crate) fn map(
    context: &Context<'_>,
    dimension: &str,
    (id, title): (&str, &str),
    values: Bars,
    words: Vec<String>,
) -> Option<Block> {
    let part =
        |(bar, word): (&crate::view::Bar, String)| MapPart { places: places(context, dimension, &bar.key), word };
    let parts: Vec<MapPart> = values.bars.iter().zip(words).map(part).collect();
    let is_somewhere = parts.iter().any(|part| !part.places.is_empty());
    let body = WorldMap { values, parts, diverging: false };
    is_somewhere.then(|| super::block(id, title, BlockBody::Map(body)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::fixture::Bench;
    use crate::spec::PanelKind;
    use crate::view::Bar;

    #[test]
    fn a_value_is_what_the_workspace_says_or_itself() {
        let mut bench = Bench::new(PanelKind::MarketAdoption, "[]", "[]");
        let region = bench.workspace.dimensions.iter_mut().find(|d| d.id == "region").unwrap();
        region.places.insert("eu".to_owned(), ["DE", "UK", "FR"].map(str::to_owned).to_vec());
        region.places.insert("IN".to_owned(), vec!["US".to_owned()]);
        let context = &bench.context();
        assert_eq!(places(context, "region", "eu"), ["DE", "FR"], "a code of no country is left out");
        assert_eq!(places(context, "region", "IN"), ["US"], "the workspace has the first word");
        assert_eq!(places(context, "region", "SG"), ["SG"]);
        assert_eq!(places(context, "country", "JP"), ["JP"], "a column that is no dimension");
        assert!(places(context, "region", "moon").is_empty());
        let bar = |key: &str| Bar { key: key.to_owned(), ..Bar::default() };
        let of = |keys: &[&str]| {
            let values = Bars { bars: keys.iter().map(|key| bar(key)).collect(), ..Bars::default() };
            map(context, "region", ("map", "Map"), values, vec![String::new(); keys.len()])
        };
        assert!(of(&["moon", "sun"]).is_none() && of(&[]).is_none());
        let Some(BlockBody::Map(body)) = of(&["moon", "eu"]).map(|block| block.body) else { panic!("no map") };
        let n_places: Vec<usize> = body.parts.iter().map(|part| part.places.len()).collect();
        assert_eq!(n_places, [0, 2]);
    }
}
