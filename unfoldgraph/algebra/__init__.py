"""Expressions, the operators they are built of, their shapes, and how they are written."""
