"""Programs: a circuit as NumPy source, and as a function to call."""

from unfoldgraph.calling import Result
from unfoldgraph.program.compiled import Program, compile_model

__all__ = ["Program", "Result", "compile_model"]
