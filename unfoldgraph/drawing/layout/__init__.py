"""Where nodes stand."""
