"""Which way edges run, and where their labels go."""
