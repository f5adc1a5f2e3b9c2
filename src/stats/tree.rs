//! One regression tree, grown greedily by the reduction of squared error (CART).
//!
//! Knows columns of numbers only: categories and missing values are encoded by its caller.

use super::rng::Rng;

/// Where a tree stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TreeLimits {
    /// Least rows in a leaf, at least 1.
    pub min_leaf: usize,
    /// Deepest level.
    pub max_depth: usize,
    /// Groups of columns tried at each split, at least 1.
    pub n_groups_tried: usize,
}

/// A grown tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Node {
    Leaf(f64),
    /// Rows with a value at or below the threshold go to the first child.
    Split {
        column: usize,
        threshold: f64,
        children: [usize; 2],
    },
}

struct Cut {
    column: usize,
    threshold: f64,
    gain: f64,
}

/// What a tree is grown from.
struct Growth<'a> {
    columns: &'a [Vec<f64>],
    groups: &'a [std::ops::Range<usize>],
    targets: &'a [f64],
    limits: TreeLimits,
}

impl Tree {
    /// Grows a tree over `rows` (with repetitions) of `columns`; `groups` are the columns that belong to one input.
    ///
    /// Values are finite or minus infinity; every column is as long as `targets`, and rows lie within them.
    pub fn grow(
        columns: &[Vec<f64>],
        groups: &[std::ops::Range<usize>],
        targets: &[f64],
        rows: Vec<usize>,
        limits: TreeLimits,
        rng: &mut Rng,
    ) -> Self {
        let growth = Growth { columns, groups, targets, limits };
        let mut nodes = vec![Node::Leaf(growth.mean(&rows))];
        let mut open = vec![(0, rows, 0)];
        while let Some((node, rows, depth)) = open.pop() {
            let is_deep = depth >= limits.max_depth || rows.len() < 2 * limits.min_leaf;
            let Some(cut) = (!is_deep).then(|| growth.best_cut(&rows, rng)).flatten() else {
                continue;
            };
            let is_left = |row: &usize| columns[cut.column][*row] <= cut.threshold;
            let (left, right): (Vec<usize>, Vec<usize>) = rows.into_iter().partition(is_left);
            let children = [nodes.len(), nodes.len() + 1];
            nodes[node] = Node::Split { column: cut.column, threshold: cut.threshold, children };
            nodes.push(Node::Leaf(growth.mean(&left)));
            nodes.push(Node::Leaf(growth.mean(&right)));
            open.push((children[0], left, depth + 1));
            open.push((children[1], right, depth + 1));
        }
        Self { nodes }
    }

    /// The prediction for one row, given as a function from column to value.
    pub fn predict(&self, value: &impl Fn(usize) -> f64) -> f64 {
        let mut at = 0;
        loop {
            match self.nodes.get(at) {
                Some(Node::Leaf(mean)) => return *mean,
                Some(Node::Split { column, threshold, children }) => {
                    at = children[usize::from(value(*column) > *threshold)];
                }
                None => return f64::NAN,
            }
        }
    }
}

impl Growth<'_> {
    fn mean(&self, rows: &[usize]) -> f64 {
        rows.iter().map(|&row| self.targets[row]).sum::<f64>() / rows.len().max(1) as f64
    }

    /// The cut that reduces the squared error most among the groups tried; `None` if none does.
    fn best_cut(&self, rows: &[usize], rng: &mut Rng) -> Option<Cut> {
        let mut groups: Vec<usize> = (0..self.groups.len()).collect();
        if self.limits.n_groups_tried < groups.len() {
            rng.shuffle(&mut groups);
            groups.truncate(self.limits.n_groups_tried);
        }
        let centre = self.mean(rows);
        let columns = groups.into_iter().flat_map(|group| self.groups[group].clone());
        let cuts = columns.filter_map(|column| self.best_cut_of(column, rows, centre));
        cuts.reduce(|best, cut| if cut.gain > best.gain { cut } else { best })
    }

    fn best_cut_of(&self, column: usize, rows: &[usize], centre: f64) -> Option<Cut> {
        let values = &self.columns[column];
        let mut sorted: Vec<(f64, f64)> = rows.iter().map(|&row| (values[row], self.targets[row] - centre)).collect();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let n = sorted.len();
        let total: f64 = sorted.iter().map(|row| row.1).sum();
        let spread: f64 = sorted.iter().map(|row| row.1 * row.1).sum();
        // What rounding leaves of a constant target is not to be split.
        if spread <= n as f64 * (centre * 1e-12).powi(2) {
            return None;
        }
        let mut best: Option<Cut> = None;
        let mut left = 0.0;
        for (place, pair) in sorted.windows(2).enumerate() {
            let [below, above] = pair else { continue };
            left += below.1;
            let n_left = place + 1;
            let is_cut = below.0 < above.0 && n_left >= self.limits.min_leaf && n - n_left >= self.limits.min_leaf;
            let gain = left * left / n_left as f64 + (total - left).powi(2) / (n - n_left) as f64;
            if is_cut && gain > 0.0 && best.as_ref().is_none_or(|cut| gain > cut.gain) {
                best = Some(Cut { column, threshold: between(below.0, above.0), gain });
            }
        }
        best
    }
}

/// A threshold at or above `below` and under `above`, their middle if that exists.
fn between(below: f64, above: f64) -> f64 {
    let middle = f64::midpoint(below, above);
    if middle.is_finite() && middle < above { middle } else { below }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grow(values: &[f64], targets: &[f64], min_leaf: usize) -> Tree {
        let limits = TreeLimits { min_leaf, max_depth: 9, n_groups_tried: 1 };
        let rows = (0..targets.len()).collect();
        Tree::grow(&[values.to_vec()], std::slice::from_ref(&(0..1)), targets, rows, limits, &mut Rng::new(0))
    }

    #[test]
    fn a_step_is_found_at_its_middle() {
        let tree = grow(&[1.0, 2.0, 3.0, 4.0], &[0.0, 0.0, 1.0, 1.0], 1);
        assert_eq!((tree.predict(&|_| 2.4), tree.predict(&|_| 2.6)), (0.0, 1.0));
    }

    #[test]
    fn missing_values_can_be_split_off() {
        let tree = grow(&[f64::NEG_INFINITY, f64::NEG_INFINITY, 3.0, 4.0], &[5.0, 5.0, 1.0, 1.0], 1);
        assert_eq!((tree.predict(&|_| f64::NEG_INFINITY), tree.predict(&|_| 3.5)), (5.0, 1.0));
    }

    #[test]
    fn a_small_leaf_is_not_split_and_a_constant_target_neither() {
        assert_eq!(grow(&[1.0, 2.0, 3.0], &[0.0, 0.0, 3.0], 2).nodes, [Node::Leaf(1.0)]);
        assert_eq!(grow(&[1.0, 2.0, 3.0], &[0.1; 3], 1).nodes.len(), 1);
    }
}
