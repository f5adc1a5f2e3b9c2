//! Distribution functions, total: invalid input (a `NaN`, a negative count, `p` outside 0 to 1) gives `NaN`, never a panic.
//!
//! Special functions come from statrs; the incomplete beta function is evaluated here,
//! because statrs stops its continued fraction at 140 terms, too early for counts in the millions.
//! Upper tails are computed as such, so that small p-values keep their digits.

use statrs::function::{erf, gamma};

/// P(Z <= z) for a standard normal Z; `NaN` for `NaN`.
pub fn normal_cdf(z: f64) -> f64 {
    normal_sf(-z)
}

/// P(Z > z) for a standard normal Z; `NaN` for `NaN`.
pub fn normal_sf(z: f64) -> f64 {
    if z.is_nan() {
        return f64::NAN;
    }
    // Through chi-squared with one degree of freedom: statrs' erfc has 11 digits only.
    let tail = 0.5 * chi_squared_sf(z * z, 1.0);
    if z < 0.0 { 1.0 - tail } else { tail }
}

/// The z with P(Z <= z) = `p`; infinite at 0 and 1, `NaN` outside.
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let rough = -std::f64::consts::SQRT_2 * erf::erfc_inv(2.0 * p);
    if rough.is_infinite() || p == 0.5 {
        return rough;
    }
    // statrs' inverse has 10 digits; one Halley step gives the rest.
    let density = (-rough * rough / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let newton = (normal_cdf(rough) - p) / density;
    rough - newton / (1.0 + rough * newton / 2.0)
}

/// The z that a two-sided interval of confidence `level` reaches to: 1.96 for 0.95. `NaN` unless `level` is between 0 and 1, both excluded.
pub fn z_of_level(level: f64) -> f64 {
    if level > 0.0 && level < 1.0 { normal_quantile(0.5 + level / 2.0) } else { f64::NAN }
}

/// Two-sided p-value of the standard normal statistic `z`; `NaN` for `NaN`.
pub fn normal_two_sided_p(z: f64) -> f64 {
    (2.0 * normal_sf(z.abs())).min(1.0)
}

/// P(T <= t) for Student's t with `df` > 0 degrees of freedom (not necessarily whole).
pub fn t_cdf(t: f64, df: f64) -> f64 {
    t_sf(-t, df)
}

/// P(T > t) for Student's t with `df` > 0 degrees of freedom.
pub fn t_sf(t: f64, df: f64) -> f64 {
    let bad = t.is_nan() || df.is_nan() || df <= 0.0;
    if bad {
        return f64::NAN;
    }
    if df.is_infinite() {
        return normal_sf(t);
    }
    if t.is_infinite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    let upper = 0.5 * beta_cdf(df / (df + t * t), df / 2.0, 0.5);
    if t >= 0.0 { upper } else { 1.0 - upper }
}

/// Two-sided p-value of the statistic `t`.
pub fn t_two_sided_p(t: f64, df: f64) -> f64 {
    (2.0 * t_sf(t.abs(), df)).min(1.0)
}

/// The t with P(T <= t) = `p`; infinite at 0 and 1, `NaN` outside and for `df` <= 0.
pub fn t_quantile(p: f64, df: f64) -> f64 {
    let bad = !(0.0..=1.0).contains(&p) || df.is_nan() || df <= 0.0;
    if bad {
        return f64::NAN;
    }
    if p == 0.5 {
        return 0.0;
    }
    if p == 0.0 || p == 1.0 || df.is_infinite() {
        return normal_quantile(p);
    }
    let tail = p.min(1.0 - p);
    let t = decreasing_root(|t| t_sf(t, df), tail);
    if p < 0.5 { -t } else { t }
}

/// P(X > x) for chi-squared with `df` > 0 degrees of freedom; 1 for `x` <= 0.
pub fn chi_squared_sf(x: f64, df: f64) -> f64 {
    let bad = x.is_nan() || !df.is_finite() || df <= 0.0;
    match x {
        _ if bad => f64::NAN,
        _ if x <= 0.0 => 1.0,
        _ if x.is_infinite() => 0.0,
        _ => gamma::checked_gamma_ur(df / 2.0, x / 2.0).unwrap_or(f64::NAN),
    }
}

/// The x with P(X > x) = `p` for chi-squared with `df` degrees of freedom; `NaN` unless 0 < `p` <= 1.
pub fn chi_squared_isf(p: f64, df: f64) -> f64 {
    let is_valid = p > 0.0 && p <= 1.0 && df.is_finite() && df > 0.0;
    match p {
        _ if !is_valid => f64::NAN,
        1.0 => 0.0,
        _ => decreasing_root(|x| chi_squared_sf(x, df), p),
    }
}

/// P(X > x) for F with `df1` and `df2` degrees of freedom; 1 for `x` <= 0.
pub fn f_sf(x: f64, df1: f64, df2: f64) -> f64 {
    let bad = x.is_nan() || !(df1.is_finite() && df2.is_finite()) || df1 <= 0.0 || df2 <= 0.0;
    match x {
        _ if bad => f64::NAN,
        _ if x <= 0.0 => 1.0,
        _ if x.is_infinite() => 0.0,
        _ => beta_cdf(df2 / (df2 + df1 * x), df2 / 2.0, df1 / 2.0),
    }
}

/// P(X <= `k`) for `n` trials of probability `p`.
pub fn binomial_cdf(k: u64, n: u64, p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        f64::NAN
    } else if k >= n {
        1.0
    } else {
        beta_cdf(1.0 - p, (n - k) as f64, k as f64 + 1.0)
    }
}

/// P(X > `k`) for `n` trials of probability `p`.
pub fn binomial_sf(k: u64, n: u64, p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        f64::NAN
    } else if k >= n {
        0.0
    } else {
        beta_cdf(p, k as f64 + 1.0, (n - k) as f64)
    }
}

/// P(B <= x) for a beta variable with shapes `a`, `b` > 0: the regularised incomplete beta function.
///
/// Continued fraction by Lentz's method (DLMF 8.17.22), on the side where it converges fast.
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    let bad = x.is_nan() || !(a.is_finite() && b.is_finite()) || a <= 0.0 || b <= 0.0;
    if bad {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) { 1.0 - beta_tail(1.0 - x, b, a) } else { beta_tail(x, a, b) }
}

fn beta_tail(x: f64, a: f64, b: f64) -> f64 {
    let ln_front = a * x.ln() + b * (-x).ln_1p() - ln_beta(a, b);
    (ln_front.exp() / a * beta_fraction(x, a, b)).min(1.0)
}

/// ln B(a, b).
fn ln_beta(a: f64, b: f64) -> f64 {
    gamma::ln_gamma(a) + gamma::ln_gamma(b) - gamma::ln_gamma(a + b)
}

/// The continued fraction needs about the square root of the larger shape in terms.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    const MAX_TERMS: u32 = 100_000;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for term in 1..MAX_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for coefficient in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + coefficient * d);
            c = away_from_zero(1.0 + coefficient / c);
            step = c * d;
            fraction *= step;
        }
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

/// The x >= 0 at which the decreasing tail function falls to `target`, by doubling and bisection to the last bit.
fn decreasing_root(tail: impl Fn(f64) -> f64, target: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while tail(high) > target && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if tail(middle) > target {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// P(K > x) for the limiting Kolmogorov distribution; 1 for `x` <= 0.
///
/// For two samples of n and m, x is D sqrt(nm / (n + m)).
/// Both theta-function series, each where it converges fast (Marsaglia, Tsang and Wang, 2003).
pub fn kolmogorov_sf(x: f64) -> f64 {
    use std::f64::consts::PI;
    if x.is_nan() {
        return f64::NAN;
    }
    if x <= 0.04 {
        return 1.0; // the remainder is below 1e-300
    }
    if x < 1.0 {
        let power = |k: f64| (-(2.0 * k - 1.0) * (2.0 * k - 1.0) * PI * PI / (8.0 * x * x)).exp();
        let sum: f64 = [1.0, 2.0, 3.0, 4.0].into_iter().map(power).sum();
        return 1.0 - (2.0 * PI).sqrt() / x * sum;
    }
    let term = |k: f64| (-2.0 * k * k * x * x).exp();
    2.0 * (term(1.0) - term(2.0) + term(3.0) - term(4.0) + term(5.0))
}

/// Largest n times m for which [`ks_two_sample_exact_p`] counts paths: some tens of milliseconds.
pub const KS_EXACT_MAX_CELLS: usize = 10_000_000;

/// Exact P(D >= `d`) for the two-sided two-sample Kolmogorov-Smirnov statistic without ties.
///
/// Counts lattice paths (Hodges, 1957) as the probability to have left the band, cell by cell, so that small p keep their digits.
/// `None` for an empty sample, `d` outside 0 to 1, or more than [`KS_EXACT_MAX_CELLS`] cells.
pub fn ks_two_sample_exact_p(n: usize, m: usize, d: f64) -> Option<f64> {
    let too_many = n.checked_mul(m).is_none_or(|cells| cells > KS_EXACT_MAX_CELLS);
    if n == 0 || m == 0 || too_many || !(0.0..=1.0).contains(&d) {
        return None;
    }
    // Whole numbers: |i/n - j/m| >= d as |i m - j n| >= d n m, the product rounded as D is a multiple of 1/(nm).
    let limit = (d * n as f64 * m as f64).round() as usize;
    let is_outside = |i: usize, j: usize| (i * m).abs_diff(j * n) >= limit;
    let mut left: Vec<f64> = Vec::with_capacity(m + 1);
    for i in 0..=n {
        let mut before = 0.0;
        for j in 0..=m {
            let cell = if is_outside(i, j) {
                1.0
            } else if i == 0 {
                before
            } else {
                let above = left.get(j).copied().unwrap_or(0.0);
                (above * i as f64 + before * j as f64) / (i + j) as f64
            };
            match left.get_mut(j) {
                Some(slot) => *slot = cell,
                None => left.push(cell),
            }
            before = cell;
        }
    }
    left.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }

    #[test]
    fn quantiles_invert_their_cdf() {
        for p in [1e-9, 0.001, 0.025, 0.5, 0.9, 0.999] {
            close(normal_cdf(normal_quantile(p)), p, 1e-14);
            for df in [0.7, 1.0, 4.5, 30.0, 1e6] {
                close(t_cdf(t_quantile(p, df), df), p, 1e-11);
            }
        }
    }

    #[test]
    fn invalid_input_is_nan() {
        for value in [
            normal_cdf(f64::NAN),
            normal_quantile(1.5),
            t_cdf(1.0, 0.0),
            t_quantile(0.5, f64::NAN),
            chi_squared_sf(1.0, -1.0),
            f_sf(1.0, 0.0, 1.0),
            binomial_cdf(1, 2, 2.0),
            binomial_sf(1, 2, f64::NAN),
            beta_cdf(0.5, 0.0, 1.0),
            kolmogorov_sf(f64::NAN),
            z_of_level(1.0),
        ] {
            assert!(value.is_nan());
        }
        assert_eq!(ks_two_sample_exact_p(0, 3, 0.5), None);
        assert_eq!(ks_two_sample_exact_p(1_000_000, 1_000_000, 0.5), None);
    }

    #[test]
    fn kolmogorov_series_meet() {
        close(kolmogorov_sf(1.0 - 1e-12), kolmogorov_sf(1.0), 1e-11);
        assert_eq!(kolmogorov_sf(0.0), 1.0);
    }

    #[test]
    fn complete_separation_of_three_and_three_has_two_paths_of_twenty() {
        close(ks_two_sample_exact_p(3, 3, 1.0).unwrap(), 0.1, 1e-15);
        assert_eq!(ks_two_sample_exact_p(3, 5, 0.0), Some(1.0));
    }

    proptest! {
        #[test]
        fn binomial_tails_sum_to_one(n in 1_u64..2_000_000, share in 0.0..1.0_f64, p in 0.0..=1.0_f64) {
            let k = (share * n as f64) as u64;
            prop_assert!((binomial_cdf(k, n, p) + binomial_sf(k, n, p) - 1.0).abs() < 1e-8);
        }

        #[test]
        fn beta_is_symmetric(x in 0.0..=1.0_f64, a in 0.05..500.0_f64, b in 0.05..500.0_f64) {
            prop_assert!((beta_cdf(x, a, b) + beta_cdf(1.0 - x, b, a) - 1.0).abs() < 1e-10);
        }
    }
}
