"""The equation language: text to model, model to text, and the same in Python."""
