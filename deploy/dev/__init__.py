"""The Temporal server of development, demo and tests: `DevServer`, or `python -m deploy.dev`."""
