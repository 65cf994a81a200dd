"""Measures Kairan beside stock Synapse, on the same data and in the same run. `python -m benchmarks` runs them."""
