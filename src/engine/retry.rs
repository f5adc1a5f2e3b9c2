//! When to ask again: full jitter between zero and a doubling bound.

use crate::source::Cause;

/// Tries per request after the first.
pub(super) const MAX_RETRIES: u32 = 2;
const FIRST_MS: u32 = 1_000;
/// Never waited longer than this at once.
pub(super) const MOST_MS: i64 = 60_000;

/// Whether a failure is worth another try at once: the server said that it was busy or broke.
pub(super) fn is_worth_it(cause: Cause) -> bool {
    matches!(cause, Cause::Overloaded | Cause::ServerError)
}

/// Milliseconds to wait before try number `attempt` (0 is the first retry); `dice` is any number, its low bits are random enough.
pub(super) fn delay_ms(attempt: u32, dice: u64) -> u32 {
    let bound = u64::from(FIRST_MS << attempt.min(6));
    // Splitmix64 (Steele, Lea and Flood 2014): spreads a counter over all bits.
    let mut z = dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) % bound) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_stay_below_a_doubling_bound_and_differ() {
        let delays: Vec<u32> = (0..100).map(|dice| delay_ms(1, dice)).collect();
        assert!(delays.iter().all(|&d| d < 2_000));
        assert!(delays.iter().collect::<std::collections::HashSet<_>>().len() > 80);
    }
}
