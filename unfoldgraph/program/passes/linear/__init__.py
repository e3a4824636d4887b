"""Linear recurrences: how they are recognised, and what computes all their steps at once."""
