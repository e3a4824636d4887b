"""Unfolding: the finite graph of a circuit times an index range, by arithmetic."""

from unfoldgraph.unfolding.folding import fold
from unfoldgraph.unfolding.graph import Node, Unfolding

__all__ = ["Node", "Unfolding", "fold"]
