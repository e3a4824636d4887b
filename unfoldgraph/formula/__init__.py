"""Formulas: what a signal is at one place, in inputs, parameters and boundaries."""
