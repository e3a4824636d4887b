"""The text of generated Python: statements built as nodes of `ast`, written as a formatter would write them."""
