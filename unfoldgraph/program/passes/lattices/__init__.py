"""Passes for signals over several axes."""
