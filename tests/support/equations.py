"""What tests ask of the equations of a circuit."""

from __future__ import annotations

from unfoldgraph.model.equations import Model, Statement


def equation_of(model: Model, name: str) -> Statement:
    """The only equation of a name, its boundaries and pins left out."""
    (found,) = [one for one in model.statements if one.name == name and one.is_equation]
    return found
