"""The finite graph of a circuit times an index range, by arithmetic, and its values in numbers."""
