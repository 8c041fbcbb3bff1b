"""What can be typed: signatures, help and examples. The work is done by the modules beside this package.

Each command imports what it needs when it runs: `muster --help` answers at once.
"""
