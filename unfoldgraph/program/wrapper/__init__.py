"""A generated module around what it computes: names, the function with its checks and results, the text."""
