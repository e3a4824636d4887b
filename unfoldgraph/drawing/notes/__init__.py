"""What a page tells of each node of a picture: its equation, what it is unfolded, and what it depends on.

It comes from the model, not from the picture, and is worked out when a page is written.
"""

from unfoldgraph.drawing.notes.growth import NO_GROWTH, Growth
from unfoldgraph.drawing.notes.notes import STEPS_VIEWS, Equation, Formula, Note, Notes, notes_of

__all__ = ["NO_GROWTH", "STEPS_VIEWS", "Equation", "Formula", "Growth", "Note", "Notes", "notes_of"]
