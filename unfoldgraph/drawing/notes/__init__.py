"""What a page tells of each node of a picture: its equation, what it is unfolded, and what it depends on.

It comes from the model, not from the picture, and is worked out when a page is written.
"""

from unfoldgraph.drawing.notes.notes import NO_STAGES, STEPS_VIEWS, Equation, Formula, Note, Notes, Stages, notes_of

__all__ = ["NO_STAGES", "STEPS_VIEWS", "Equation", "Formula", "Note", "Notes", "Stages", "notes_of"]
