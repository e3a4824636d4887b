"""Programs: a circuit as NumPy source, and as a function to call."""
