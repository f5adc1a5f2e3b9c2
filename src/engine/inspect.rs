//! What is behind a panel.

use std::collections::HashSet;

use super::cache::Cache;
use crate::protocol::Provenance;
use crate::query::Query;

/// The requests behind the queries, each once.
pub(super) fn requests<'a>(asked: impl Iterator<Item = &'a Query>, cache: &Cache) -> Vec<Provenance> {
    let mut seen = HashSet::new();
    asked.filter(|query| seen.insert(*query)).flat_map(|query| cache.provenance(query)).cloned().collect()
}
