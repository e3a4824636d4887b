"""What is done to a loop program, one pass a module: each takes a kernel and returns one that computes the same."""
