"""What is seen of the centers before people decide: probes, samples, readiness, guards, and when a fence counts."""
