"""The graphs that are drawn: one step of a circuit, its unfolding, its operations, its cut."""
