"""Formulas: what a signal is at one place, in inputs, parameters and boundaries."""

from unfoldgraph.formula.expansion import FORMATS, FORMS, Expansion, Line, expand

__all__ = ["FORMATS", "FORMS", "Expansion", "Line", "expand"]
