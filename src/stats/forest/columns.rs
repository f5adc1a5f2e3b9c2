//! Inputs of a forest as columns of numbers.

/// One input over all rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Numbers; `NaN` is missing.
    Numeric(Vec<f64>),
    /// Categories, one-hot encoded; `None` is missing.
    Categorical(Vec<Option<String>>),
}

impl Input {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numeric(values) => values.len(),
            Self::Categorical(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Inputs as columns of numbers: one for a numeric input, one a category otherwise.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) values: Vec<Vec<f64>>,
    /// The columns of each input.
    pub(super) groups: Vec<std::ops::Range<usize>>,
    /// The categories of each categorical input, `None` among them if a value was missing.
    pub(super) categories: Vec<Option<Vec<Option<String>>>>,
}

impl Columns {
    pub(super) fn new(inputs: &[Input], rows: &[usize]) -> Self {
        let mut columns = Self { values: Vec::new(), groups: Vec::new(), categories: Vec::new() };
        for input in inputs {
            let first = columns.values.len();
            let categories = match input {
                Input::Numeric(_) => None,
                Input::Categorical(values) => {
                    let mut distinct: Vec<Option<String>> = rows.iter().map(|&row| values[row].clone()).collect();
                    distinct.sort_unstable();
                    distinct.dedup();
                    Some(distinct)
                }
            };
            columns.values.extend(encoded(input, categories.as_deref(), rows).unwrap_or_default());
            columns.groups.push(first..columns.values.len());
            columns.categories.push(categories);
        }
        columns
    }

    pub(super) fn encode(&self, inputs: &[Input], n: usize) -> Option<Vec<Vec<f64>>> {
        let rows: Vec<usize> = (0..n).collect();
        let mut values = Vec::with_capacity(self.values.len());
        if inputs.len() != self.groups.len() || inputs.iter().any(|input| input.len() != n) {
            return None;
        }
        for (input, categories) in inputs.iter().zip(&self.categories) {
            values.extend(encoded(input, categories.as_deref(), &rows)?);
        }
        Some(values)
    }
}

/// The columns of one input over `rows`; `None` if the kind does not match.
fn encoded(input: &Input, categories: Option<&[Option<String>]>, rows: &[usize]) -> Option<Vec<Vec<f64>>> {
    let number = |value: f64| {
        if value.is_nan() { f64::NEG_INFINITY } else { value }
    };
    match (input, categories) {
        (Input::Numeric(values), None) => Some(vec![rows.iter().map(|&row| number(values[row])).collect()]),
        (Input::Categorical(values), Some(categories)) => {
            let column = |category: &Option<String>| {
                let is_it = |&row: &usize| f64::from(u8::from(values[row] == *category));
                rows.iter().map(is_it).collect()
            };
            Some(categories.iter().map(column).collect())
        }
        _ => None,
    }
}
