"""The language in Python: what quantities, functions and statements are there, and what is built of them."""
