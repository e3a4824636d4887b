"""Which order of the indices computes a system, from its delays alone, or the cycles that show that none does."""
