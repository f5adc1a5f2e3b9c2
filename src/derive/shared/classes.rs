//! Names and order of a classifier's classes, and counts by them.

use std::collections::BTreeSet;

use crate::order::Order;
use crate::spec::{ModelSpec, Task};
use crate::stats::confusion::ConfusionMatrix;

/// Class names in numeric order where all are numbers, else by text.
pub(crate) fn ordered<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<&str> = names.into_iter().collect();
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        let number = |name: &str| name.parse().unwrap_or(f64::NAN);
        names.order_by(|a, b| f64::total_cmp(&number(a), &number(b)));
    } else {
        names.sort_unstable();
    }
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}

/// `[negative, positive]`; several others count together as negative.
pub(crate) fn binary_classes(seen: &BTreeSet<&str>, model: &ModelSpec) -> Vec<String> {
    let positive = positive_class(model);
    let others: Vec<&str> = seen.iter().copied().filter(|name| *name != positive).collect();
    let negative = match others.as_slice() {
        [one] => (*one).to_owned(),
        [] if positive == "1" => "0".to_owned(),
        _ => format!("not {positive}"),
    };
    vec![negative, positive.to_owned()]
}

/// The class that counts as positive.
pub(crate) fn positive_class(model: &ModelSpec) -> &str {
    model.positive_class.as_deref().unwrap_or("1")
}

/// A matrix from counts by actual and predicted class; missing and negative counts are left out. `None` if nothing is left.
pub(crate) fn matrix_of_cells(
    model: &ModelSpec,
    cells: impl IntoIterator<Item = (String, String, f64)>,
) -> Option<ConfusionMatrix> {
    let cells: Vec<(String, String, f64)> =
        cells.into_iter().filter(|(_, _, count)| count.is_finite() && *count >= 0.0).collect();
    let seen: BTreeSet<&str> = cells.iter().flat_map(|(a, p, _)| [a.as_str(), p.as_str()]).collect();
    if cells.iter().map(|c| c.2).sum::<f64>() <= 0.0 {
        return None;
    }
    let is_binary = model.task == Task::Binary;
    let classes = if is_binary { binary_classes(&seen, model) } else { ordered(seen) };
    let place = |name: &str| classes.iter().position(|class| class == name).or(is_binary.then_some(0));
    let n = classes.len();
    let mut counts = vec![0.0; n * n];
    for (actual, predicted, count) in &cells {
        if let (Some(row), Some(column)) = (place(actual), place(predicted))
            && let Some(cell) = counts.get_mut(row * n + column)
        {
            *cell += count;
        }
    }
    ConfusionMatrix::new(classes, counts)
}
