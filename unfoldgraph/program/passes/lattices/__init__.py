"""Tables of dynamic programming and networks over several axes: running results, wavefronts as lines and in rings."""
