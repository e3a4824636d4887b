"""A circuit that means something: statements, axes, boundaries, shapes and the order of the statements."""
