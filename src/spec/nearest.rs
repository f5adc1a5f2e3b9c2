//! The nearest known name to a mistyped one.

/// The known name with the smallest edit distance, if it is near enough to be what was meant.
pub(super) fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = found.to_lowercase();
    let near = known.into_iter().map(|name| (distance(&lower, &name.to_lowercase()), name)).min_by_key(|(d, _)| *d);
    let tolerated = (found.chars().count() / 3).clamp(1, 4);
    near.filter(|(d, _)| *d <= tolerated).map(|(_, name)| name.to_owned())
}

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // Rows before the previous, previous, and current one of the usual table.
    let mut older: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    let mut before_a = None;
    for (row, &in_a) in a.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut before_b = None;
        for (column, &in_b) in b.iter().enumerate() {
            let at = |cells: &[usize], column: usize| cells.get(column).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&previous, column) + usize::from(in_a != in_b);
            let mut best = replaced.min(at(&previous, column + 1) + 1).min(at(&current, column) + 1);
            if before_a == Some(in_b) && before_b == Some(in_a) {
                best = best.min(at(&older, column - 1) + 1);
            }
            current.push(best);
            before_b = Some(in_b);
        }
        older = std::mem::replace(&mut previous, current);
        before_a = Some(in_a);
    }
    previous.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("unti", "unit", 1),
            ("kitten", "sitting", 3),
            ("ab", "ab", 0),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn only_near_names_are_offered() {
        let known = ["latency", "requests", "errors"];
        assert_eq!(nearest("latncy", known).as_deref(), Some("latency"));
        assert_eq!(nearest("Requests", known).as_deref(), Some("requests"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!(nearest("x", []), None);
    }
}
