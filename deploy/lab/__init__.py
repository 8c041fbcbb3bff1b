"""Two data centers on one Linux machine: what demo, tests, chaos runs and benchmarks work against.

Hosts are namespaces with real OpenSSH, runit, PostgreSQL and knot. Every name carries the lab's id and every
address its base, so two labs run side by side. `layout.py` is the map, `lab.py` what can be done with a lab.
"""
