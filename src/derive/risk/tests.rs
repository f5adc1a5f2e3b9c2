//! Tests of the panel on a register, incidents and counts made by hand; intervals are those of scipy and of the papers.
