//! What a comment must not carry on: e-mail addresses and long runs of digits.

/// Shown in place of what is masked.
const MASKED: &str = "(masked)";
/// From so many digits on, a run is long: telephone, account and insurance numbers.
const LONG: usize = 7;

/// The text with e-mail addresses and runs of seven or more digits replaced.
///
/// A run may hold spaces, dots, slashes, hyphens and brackets between its digits, as people write telephone numbers. Dates written
/// in digits only are masked with them.
pub(super) fn masked(text: &str) -> String {
    without_numbers(&without_addresses(text))
}

fn without_addresses(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for letter in text.chars() {
        if letter.is_whitespace() || matches!(letter, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | '"' | '\'') {
            push_word(&mut out, &word);
            word.clear();
            out.push(letter);
        } else {
            word.push(letter);
        }
    }
    push_word(&mut out, &word);
    out
}

/// A word with an at sign between two parts is taken as an address, also one without a dot in its domain.
fn push_word(out: &mut String, word: &str) {
    let parts = word.split_once(['@', '\u{ff20}', '\u{fe6b}']);
    let is_address = parts.is_some_and(|(name, domain)| {
        name.chars().any(char::is_alphanumeric) && domain.chars().any(char::is_alphanumeric)
    });
    out.push_str(if is_address { MASKED } else { word });
}

fn without_numbers(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let (end, n_digits) = run_from(&letters, at);
        if n_digits >= LONG {
            out.push_str(MASKED);
        } else if n_digits > 0 {
            out.extend(letters.get(at..end).unwrap_or_default());
        } else {
            out.push(letter);
        }
        at = end.max(at + 1);
    }
    out
}

/// Where the run of digits that begins at `at` ends (after its last digit), and how many digits it has.
fn run_from(letters: &[char], at: usize) -> (usize, usize) {
    let begins = match letters.get(at) {
        Some('+' | '(') => letters.get(at + 1).is_some_and(|next| next.is_numeric()),
        Some(letter) => letter.is_numeric(),
        None => false,
    };
    if !begins {
        return (at, 0);
    }
    let (mut end, mut n_digits, mut n_between) = (at, 0, 0);
    for (place, letter) in letters.iter().enumerate().skip(at) {
        if letter.is_numeric() {
            (end, n_digits, n_between) = (place + 1, n_digits + 1, 0);
        } else if matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '.' | '/' | '-' | '\u{2013}' | '(' | ')' | '+')
            && n_between < 2
        {
            n_between += 1;
        } else {
            break;
        }
    }
    (end, n_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(masked(text), expected);
    }

    #[test]
    fn addresses_and_long_numbers_are_masked() {
        check("write to jo.doe+x@clinic.example, please", "write to (masked), please");
        check("<jo@clinic.example>", "<(masked)>");
        check("call +49 (170) 123-4567 after 5", "call (masked) after 5");
        check("insured 123456789.", "insured (masked).");
        check("jo@localhost", "(masked)");
        check("(030)1234567", "(masked)");
    }

    #[test]
    fn short_numbers_and_stray_signs_stay() {
        check("took 12 s, 3 of 10 times, in 2026", "took 12 s, 3 of 10 times, in 2026");
        check("@ noon, 100 % @", "@ noon, 100 % @");
        check("v1.2.3 (beta) + 4", "v1.2.3 (beta) + 4");
        check("", "");
    }

    #[test]
    fn hostile_text_keeps_everything_else() {
        check("<script>alert('a@b.c')</script>", "<script>alert('(masked)')</script>");
        check("\u{202e}\u{0}öß 🙂", "\u{202e}\u{0}öß 🙂");
    }
}
