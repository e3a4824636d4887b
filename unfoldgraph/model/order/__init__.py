"""Which order computes the statements of a circuit, at all lengths; or why there is none."""
