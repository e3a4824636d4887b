"""A picture as data, and the looks it can take."""
