"""What is added to a finished picture, and what is told of it."""
