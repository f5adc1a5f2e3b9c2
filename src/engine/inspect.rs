//! What is behind a panel.

use std::collections::HashSet;

use super::cache::Cache;
use crate::protocol::Provenance;
use crate::query::Query;

/// The requests behind the queries, each once, and after them the kept answers that were used besides, each once.
pub(super) fn requests<'a>(asked: impl Iterator<Item = &'a Query>, cache: &Cache) -> Vec<Provenance> {
    let mut seen = HashSet::new();
    let all = asked.filter(|query| seen.insert(*query)).flat_map(|query| cache.provenance(query)).cloned();
    let (kept, mut requests): (Vec<Provenance>, Vec<Provenance>) = all.partition(|request| request.is_kept);
    let mut addresses: HashSet<String> = requests.iter().map(|request| request.url.clone()).collect();
    requests.extend(kept.into_iter().filter(|answer| addresses.insert(answer.url.clone())));
    requests
}
