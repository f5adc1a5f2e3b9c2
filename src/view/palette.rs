//! Which colour an entity has.
//!
//! A slot is a place in the categorical palette of the style sheet (`--cat-1` to `--cat-8`), so that a model keeps its hue
//! on every panel, in every role and in both themes. Knows no colour itself.

/// Number of categorical colours.
pub const N_SLOTS: usize = 8;

/// The entity that is all of them together: drawn in the colour of text, so that it is mistaken for none of its parts.
pub const WHOLE: &str = "*";

/// The slot of `entity`, from zero: its place among the `known` ids, else one that follows from its name alone.
///
/// Known ids beyond the eighth start over; `#3` is slot 3, for what has no identity but its place. An entity of the form `id@version` has the slot of its id, and the next version,
/// by number, the next slot that no known id begins with, so that champion and challenger are told apart.
pub fn slot(entity: &str, known: &[String]) -> usize {
    if let Some(n) = entity.strip_prefix('#').and_then(|n| n.parse::<usize>().ok()) {
        return n % N_SLOTS;
    }
    let (id, version) = entity.split_once('@').map_or((entity, None), |(id, version)| (id, Some(version)));
    let Some(place) = known.iter().position(|k| k == id) else { return hash(entity) % N_SLOTS };
    let n_models = known.len().clamp(1, N_SLOTS);
    let turns = (N_SLOTS / n_models).max(1);
    let turn = version.map_or(0, |v| v.parse::<usize>().unwrap_or_else(|_| hash(v)) % turns);
    (place + n_models * turn) % N_SLOTS
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
    fn known_entities_take_their_place_and_neighbouring_versions_differ() {
        let known = ["fraud".to_owned(), "churn".to_owned(), "rank".to_owned()];
        assert_eq!(slot("fraud", &known), 0);
        assert_eq!(slot("churn", &known), 1);
        assert_eq!(slot("churn@2", &known), 1);
        assert_ne!(slot("churn@2", &known), slot("churn@3", &known));
    }

    #[test]
    fn unknown_entities_keep_their_slot_whatever_else_is_known() {
        assert_eq!((slot("#3", &[]), slot("#11", &[])), (3, 3));
        let slot_alone = slot("eu-west", &[]);
        assert!(slot_alone < N_SLOTS);
        assert_eq!(slot("eu-west", &["fraud".to_owned()]), slot_alone);
    }
}
