//! Grafana's units: by what a value is divided before it is written, and what stands around it.

use crate::units::Unit;

/// A fixed scale of a unit: the shown number is the value divided by `factor`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// What the value is divided by.
    pub factor: f64,
    /// What stands before the number, such as `$`.
    pub prefix: String,
    /// What stands behind it, such as `ms`; empty for none.
    pub suffix: String,
}

/// Steps of a ladder: factor and symbol, smallest first.
type Steps = &'static [(f64, &'static str)];

const PLAIN: Steps = &[(1.0, "")];
const SHORT: Steps = &[(1.0, ""), (1e3, "K"), (1e6, "Mil"), (1e9, "Bil"), (1e12, "Tri")];
const SI: Steps =
    &[(1e-9, "n"), (1e-6, "µ"), (1e-3, "m"), (1.0, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"), (1e15, "P")];
const DECIMAL: Steps = &[(1.0, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"), (1e15, "P")];
const BINARY: Steps = &[
    (1.0, ""),
    (1_024.0, "Ki"),
    (1_048_576.0, "Mi"),
    (1_073_741_824.0, "Gi"),
    (1_099_511_627_776.0, "Ti"),
    (1_125_899_906_842_624.0, "Pi"),
];
const SECONDS: Steps = &[
    (1e-9, "ns"),
    (1e-6, "µs"),
    (1e-3, "ms"),
    (1.0, "s"),
    (60.0, "min"),
    (3_600.0, "h"),
    (86_400.0, "d"),
    (31_536_000.0, "y"),
];

const MINUTE: f64 = 60.0;
const MEBI: f64 = 1_048_576.0;
const GIBI: f64 = 1_073_741_824.0;

/// What is known of a unit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ladder {
    steps: Steps,
    /// The value in the ladder's own unit is the given value times this.
    base: f64,
    prefix: String,
    /// Follows the symbol of the step, such as `B` after `Mi`.
    name: String,
    /// Whether symbol and name are two words, as in `K req/s`.
    is_spaced: bool,
}

impl Ladder {
    fn new(steps: Steps, base: f64, name: &str) -> Self {
        Self { steps, base, prefix: String::new(), name: name.to_owned(), is_spaced: false }
    }

    fn rate(name: &str) -> Self {
        Self { is_spaced: true, ..Self::new(SHORT, 1.0, name) }
    }

    /// The ladder of a unit. An unknown id is a plain number with the id as its suffix.
    pub(super) fn of(unit: &Unit) -> Self {
        let id = unit.id();
        if let Some(code) = id.strip_prefix("currency").filter(|c| !c.is_empty()) {
            return currency(code);
        }
        if let Some((kind, rest)) = id.split_once(':') {
            match kind {
                "prefix" => return Self { prefix: rest.to_owned(), ..Self::new(PLAIN, 1.0, "") },
                "suffix" => return Self::new(PLAIN, 1.0, rest),
                "count" => return Self::rate(rest),
                "si" => return si(rest),
                _ => {}
            }
        }
        known(id).unwrap_or_else(|| Self::new(PLAIN, 1.0, id))
    }

    /// The largest step that `magnitude` (in the given unit, not negative) reaches, else the smallest; a zero is not scaled.
    pub(super) fn scale(&self, magnitude: f64) -> Scale {
        let value = magnitude * self.base;
        let unscaled = || self.steps.iter().find(|(factor, _)| *factor == 1.0);
        let reached = self.steps.iter().rev().find(|(factor, _)| value >= *factor * (1.0 - 1e-12));
        let step = if value == 0.0 { unscaled() } else { reached };
        let &(factor, symbol) = step.or_else(|| self.steps.first()).unwrap_or(&(1.0, ""));
        let gap = if self.is_spaced && !symbol.is_empty() && !self.name.is_empty() { " " } else { "" };
        Scale { factor: factor / self.base, prefix: self.prefix.clone(), suffix: format!("{symbol}{gap}{}", self.name) }
    }

    /// Whether every value has the same scale.
    pub(super) fn is_flat(&self) -> bool {
        self.steps.len() == 1
    }
}

fn currency(code: &str) -> Ladder {
    let sign = match code {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" | "CNY" => "¥",
        "INR" => "₹",
        "KRW" => "₩",
        "BRL" => "R$",
        _ => return Ladder::rate(code),
    };
    Ladder { prefix: sign.to_owned(), ..Ladder::new(SHORT, 1.0, "") }
}

/// `si:F`, or `si:mF` for values that are given in millifarad.
fn si(name: &str) -> Ladder {
    let mut letters = name.chars();
    let first = letters.next().unwrap_or_default().to_string();
    let scaled = SI.iter().find(|(_, symbol)| *symbol == first || (first == "u" && *symbol == "µ"));
    match scaled {
        Some((base, _)) if !letters.as_str().is_empty() => Ladder::new(SI, *base, letters.as_str()),
        _ => Ladder::new(SI, 1.0, name),
    }
}

/// Grafana's ids, and Perses' names for the same.
fn known(id: &str) -> Option<Ladder> {
    let ladder = Ladder::new;
    Some(match id {
        "" | "none" | "locale" | "decimal" | "hex" | "sci" => ladder(PLAIN, 1.0, ""),
        "short" => ladder(SHORT, 1.0, ""),
        "percent" => ladder(PLAIN, 1.0, "%"),
        "percentunit" | "percent-decimal" => ladder(PLAIN, 100.0, "%"),
        "ppm" | "dB" => ladder(PLAIN, 1.0, id),
        "celsius" => ladder(PLAIN, 1.0, "°C"),
        "ns" | "nanoseconds" => ladder(SECONDS, 1e-9, ""),
        "µs" | "us" | "microseconds" => ladder(SECONDS, 1e-6, ""),
        "ms" | "milliseconds" => ladder(SECONDS, 1e-3, ""),
        "s" | "seconds" => ladder(SECONDS, 1.0, ""),
        "m" | "minutes" => ladder(SECONDS, MINUTE, ""),
        "h" | "hours" => ladder(SECONDS, 60.0 * MINUTE, ""),
        "d" | "days" => ladder(SECONDS, 1_440.0 * MINUTE, ""),
        "hertz" => ladder(SI, 1.0, "Hz"),
        "watt" => ladder(SI, 1.0, "W"),
        "joule" => ladder(SI, 1.0, "J"),
        "flops" => ladder(DECIMAL, 1.0, "FLOPS"),
        "bits" => ladder(BINARY, 1.0, "b"),
        "bytes" => ladder(BINARY, 1.0, "B"),
        "kbytes" => ladder(BINARY, 1_024.0, "B"),
        "mbytes" => ladder(BINARY, MEBI, "B"),
        "gbytes" => ladder(BINARY, GIBI, "B"),
        "decbits" => ladder(DECIMAL, 1.0, "b"),
        "decbytes" => ladder(DECIMAL, 1.0, "B"),
        "deckbytes" => ladder(DECIMAL, 1e3, "B"),
        "decmbytes" => ladder(DECIMAL, 1e6, "B"),
        "decgbytes" => ladder(DECIMAL, 1e9, "B"),
        "bps" | "bits/sec" => ladder(DECIMAL, 1.0, "b/s"),
        "Bps" | "decbytes/sec" => ladder(DECIMAL, 1.0, "B/s"),
        "KBs" => ladder(DECIMAL, 1e3, "B/s"),
        "MBs" => ladder(DECIMAL, 1e6, "B/s"),
        "GBs" => ladder(DECIMAL, 1e9, "B/s"),
        "binbps" => ladder(BINARY, 1.0, "b/s"),
        "binBps" | "bytes/sec" => ladder(BINARY, 1.0, "B/s"),
        "reqps" | "requests/sec" => Ladder::rate("req/s"),
        "ops" | "ops/sec" => Ladder::rate("ops/s"),
        "rps" | "reads/sec" => Ladder::rate("rd/s"),
        "wps" | "writes/sec" => Ladder::rate("wr/s"),
        "iops" => Ladder::rate("io/s"),
        "cps" | "counts/sec" => Ladder::rate("c/s"),
        "eps" | "events/sec" => Ladder::rate("evt/s"),
        "pps" | "packets/sec" => Ladder::rate("p/s"),
        "reqpm" => Ladder::rate("req/min"),
        "cpm" => Ladder::rate("c/min"),
        "opm" => Ladder::rate("ops/min"),
        _ => return None,
    })
}
