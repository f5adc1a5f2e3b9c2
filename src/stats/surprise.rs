//! How unexpected a part's share of a total is.

/// The surprise of a share that was `before` and is `after`, both from 0 to 1: the part's term of the Jensen-Shannon divergence, as
/// in Adtributor (Bhagwan et al., *Adtributor: Revenue Debugging in Advertising Systems*, NSDI 2014, eq. 5), with natural logarithms.
///
/// Zero where nothing changed, at most `ln 2 / 2`; `NaN` for a share that is missing or negative.
///
/// ```
/// use sightline::stats::surprise::surprise;
/// assert_eq!(surprise(0.25, 0.25), 0.0);
/// // The same change surprises more in a smaller part.
/// assert!(surprise(0.10, 0.05) > surprise(0.40, 0.35));
/// assert!((surprise(0.5, 0.0) - 0.25 * 2.0_f64.ln()).abs() < 1e-12);
/// ```
pub fn surprise(before: f64, after: f64) -> f64 {
    if !(before.is_finite() && after.is_finite()) || before < 0.0 || after < 0.0 {
        return f64::NAN;
    }
    let term = |share: f64| if share > 0.0 { share * (2.0 * share / (before + after)).ln() } else { 0.0 };
    0.5 * (term(before) + term(after))
}
