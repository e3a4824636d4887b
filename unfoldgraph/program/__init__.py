"""Programs: a circuit as NumPy source, and as a function to call."""

from unfoldgraph.program.compiled import Program, Result, compile_model

__all__ = ["Program", "Result", "compile_model"]
