"""Runs that go on where another ended: what they need of it, the circuit of later steps, and one step at a time."""
