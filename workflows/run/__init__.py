"""One run's state and the voices it hears: records, gates, messages, orders, clocks. Nothing of Temporal in here."""
