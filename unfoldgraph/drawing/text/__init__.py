"""LaTeX to glyph outlines."""
