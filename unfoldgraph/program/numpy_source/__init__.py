"""From a schedule to the text of a NumPy module."""
