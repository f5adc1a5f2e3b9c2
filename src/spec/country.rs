//! Countries by their codes of ISO 3166-1, and Kosovo's `XK` as the EU and Unicode write it.
//!
//! `countries.txt` has one country a line, its two letters before its three; `tests/js/world.test.mjs` holds it to the standard's list.

const COUNTRIES: &str = include_str!("countries.txt");

/// What people write for a country whose code is another.
const COMMON: [(&str, &str); 2] = [("UK", "GB"), ("EL", "GR")];

/// The two-letter and three-letter codes of each country.
fn codes() -> impl Iterator<Item = (&'static str, &'static str)> {
    COUNTRIES.lines().filter_map(|line| Some((line.get(..2)?, line.get(2..)?)))
}

/// Whether `code` is a country's code: two capital letters.
pub fn is_country(code: &str) -> bool {
    codes().any(|(two, _)| two == code)
}

/// The code that was probably meant: the right case, two letters for three, a common other name, or one letter off.
pub(super) fn nearest_country(found: &str) -> Option<String> {
    let upper = found.trim().to_uppercase();
    let common = COMMON.iter().find(|(other, _)| *other == upper).map(|(_, code)| *code);
    let exact = || codes().find(|(two, three)| *two == upper || *three == upper).map(|(two, _)| two);
    let near = || super::nearest::nearest(&upper, codes().map(|(two, _)| two));
    common.or_else(exact).map(str::to_owned).or_else(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_two_capital_letters_of_the_list() {
        for code in ["DE", "US", "SG", "XK", "AD", "ZW"] {
            assert!(is_country(code), "{code}");
        }
        for other in ["de", "UK", "EU", "", "D", "DEU", "ÄB", "ZZ"] {
            assert!(!is_country(other), "{other}");
        }
    }

    #[test]
    fn what_was_meant_is_offered() {
        let cases =
            [("uk", Some("GB")), ("de", Some("DE")), ("CHN", Some("CN")), ("aut", Some("AT")), ("Germany", None)];
        for (found, expected) in cases {
            assert_eq!(nearest_country(found).as_deref(), expected, "{found}");
        }
        // One letter off is one of several: any known code that shares the other letter.
        let near = nearest_country("DX").unwrap();
        assert!(is_country(&near) && (near.starts_with('D') || near.ends_with('X')), "{near}");
    }
}
