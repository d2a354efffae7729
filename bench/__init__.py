"""Benchmarks: ratios of things measured in the same run, each with its floor (docs/benchmarks.md)."""
