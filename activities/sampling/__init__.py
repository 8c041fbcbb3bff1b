"""Sampling writers from outside their center, and the loss estimate that is made of it."""
