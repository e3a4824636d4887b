"""Tables of dynamic programming and networks over several axes: running results, and wavefronts as lines."""
