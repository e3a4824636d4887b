"""What knows nothing of recurrences: limits, errors, files, and sets of places as boxes."""
