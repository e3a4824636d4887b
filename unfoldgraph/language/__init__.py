"""Ways to write a circuit: as text, in Python, and from SymPy."""
