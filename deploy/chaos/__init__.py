"""Chaos: declarations on a lab under faults drawn from a seed, judged from outside. `make chaos SEEDS=n`."""
