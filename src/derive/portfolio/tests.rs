//! Tests of the panel on counters and runs made by hand; the intervals are Wilson's and Newcombe's as scipy and statsmodels have them.
