"""The formats: one function each, from the scene."""
