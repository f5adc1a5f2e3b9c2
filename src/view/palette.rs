//! Which colour an entity has.
//!
//! A slot is a place in the categorical palette of the style sheet (`--cat-1` to `--cat-8`), so that a model keeps its hue
//! on every panel, in every role and in both themes. Knows no colour itself.

/// Number of categorical colours.
pub const N_SLOTS: usize = 8;

/// The slot of `entity`, from zero: its place among the `known` ids, else one that follows from its name alone.
///
/// Known ids beyond the eighth start over. An entity of the form `id@version` has the slot of its id.
pub fn slot(entity: &str, known: &[String]) -> usize {
    let id = entity.split('@').next().unwrap_or(entity);
    let place = known.iter().position(|k| k == entity).or_else(|| known.iter().position(|k| k == id));
    place.unwrap_or_else(|| hash(entity)) % N_SLOTS
}

/// FNV-1a, folded: stable over builds and machines, unlike the standard library's hasher.
fn hash(text: &str) -> usize {
    let fold = |h: u32, byte: u8| (h ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = text.bytes().fold(0x811c_9dc5, fold);
    ((hash >> 16) ^ (hash & 0xffff)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_entities_take_their_place_and_versions_share_it() {
        let known = ["fraud".to_owned(), "churn".to_owned()];
        assert_eq!(slot("fraud", &known), 0);
        assert_eq!(slot("churn@7", &known), 1);
    }

    #[test]
    fn unknown_entities_keep_their_slot_whatever_else_is_known() {
        let slot_alone = slot("eu-west", &[]);
        assert!(slot_alone < N_SLOTS);
        assert_eq!(slot("eu-west", &["fraud".to_owned()]), slot_alone);
    }
}
