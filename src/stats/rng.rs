//! Seeded pseudo-random numbers, the same on every target.
//!
//! xoshiro256++ 1.0 (Blackman and Vigna, 2019, public domain), seeded through `SplitMix64` as its authors advise.
//! Not for secrets. Only IEEE-exact operations are used, so that native and wasm32 draw equal numbers:
//! the platforms' `ln` and `cos` differ in the last bit, hence the logarithm below.

/// A stream of pseudo-random numbers, fixed by its seed.
///
/// ```
/// use sightline::stats::rng::Rng;
/// assert_eq!(Rng::new(7).next_u64(), Rng::new(7).next_u64());
/// assert_ne!(Rng::new(7).next_u64(), Rng::new(8).next_u64());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream of `seed`; every seed is valid.
    pub fn new(seed: u64) -> Self {
        let mut mixed = seed;
        Self { state: [(); 4].map(|()| splitmix(&mut mixed)) }
    }

    /// Next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let [mut a, mut b, mut c, mut d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let shifted = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        d = d.rotate_left(45);
        self.state = [a, b, c, d];
        result
    }

    /// Uniform in `0.0..1.0`, a multiple of 2^-53.
    pub fn next_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform in `0..n` without bias (Lemire, 2019); 0 if `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        let n = n as u64;
        if n == 0 {
            return 0;
        }
        let mut product = u128::from(self.next_u64()) * u128::from(n);
        // The division is rarely needed: a low half of at least n is never biased.
        if (product as u64) < n {
            let threshold = n.wrapping_neg() % n;
            while (product as u64) < threshold {
                product = u128::from(self.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as usize
    }

    /// Standard normal, by Marsaglia's polar method (1964).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.next_f64() - 1.0, 2.0 * self.next_f64() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * ln(square) / square).sqrt();
            }
        }
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -ln(1.0 - self.next_f64())
    }

    /// True with probability `p`; never for `NaN` and below 0, always from 1.
    pub fn bernoulli(&mut self, p: f64) -> bool {
        self.next_f64() < p
    }

    /// Puts `items` in a uniformly random order (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Natural logarithm of a positive normal number, within a few units of the last place, by exact operations only.
fn ln(value: f64) -> f64 {
    let bits = value.to_bits();
    let mut exponent = ((bits >> 52) & 0x7ff) as f64 - 1023.0;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1.0;
    }
    // ln m = 2 artanh((m - 1) / (m + 1)), whose square is below 0.03.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let series = (0..12).rev().fold(0.0, |sum, k| sum * square + 1.0 / f64::from(2 * k + 1));
    exponent * std::f64::consts::LN_2 + 2.0 * s * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_of_known_state_is_the_authors() {
        // First outputs of the reference C code from the state 1, 2, 3, 4.
        let mut rng = Rng { state: [1, 2, 3, 4] };
        let drawn: Vec<u64> = (0..4).map(|_| rng.next_u64()).collect();
        assert_eq!(drawn, [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]);
    }

    #[test]
    fn splitmix_of_zero_is_the_authors() {
        let mut state = 0;
        assert_eq!(splitmix(&mut state), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn logarithm_agrees_with_the_platform() {
        let mut rng = Rng::new(1);
        for value in std::iter::repeat_with(|| rng.next_f64()).take(10_000).filter(|&value| value > 0.0) {
            assert!((ln(value) - value.ln()).abs() <= 4e-16 * (1.0 + value.ln().abs()), "{value}");
        }
    }

    #[test]
    fn below_is_uniform_and_total() {
        let mut rng = Rng::new(3);
        assert_eq!(rng.below(0), 0);
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[rng.below(7)] += 1;
        }
        let chi2: f64 = counts.iter().map(|&count| (f64::from(count) - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(chi2 < 22.5, "chi-squared of 6 degrees passes its 0.999 quantile: {chi2}");
    }

    #[test]
    fn normal_has_its_moments() {
        let mut rng = Rng::new(5);
        let draws: Vec<f64> = (0..100_000).map(|_| rng.normal()).collect();
        let moment = |k: i32| draws.iter().map(|z| z.powi(k)).sum::<f64>() / 100_000.0;
        assert!(moment(1).abs() < 0.015 && (moment(2) - 1.0).abs() < 0.02 && (moment(4) - 3.0).abs() < 0.15);
    }

    #[test]
    fn draws_are_the_same_on_every_target() {
        // Recorded natively at the highest optimisation; wasm32 gave the same.
        let mut rng = Rng::new(42);
        let mixed = (0..10_000).fold(0_u64, |mixed, _| {
            let drawn = [rng.normal().to_bits(), rng.exponential().to_bits(), rng.below(12_345) as u64];
            drawn.into_iter().fold(mixed.rotate_left(5), |mixed, bits| mixed ^ bits)
        });
        assert_eq!(mixed, 0xc15c_3f19_dfd6_f064);
    }

    #[test]
    fn shuffle_keeps_the_items() {
        let mut items: Vec<usize> = (0..100).collect();
        Rng::new(9).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
