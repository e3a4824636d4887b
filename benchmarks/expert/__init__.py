"""What experts write by hand in NumPy, SciPy, plain Python and C: what ready programs are measured against.

Each takes what the program of the circuit takes and returns one of its results. The module of a family tells what
makes each fast. All were written for this project; the tests hold each to the circuit that it computes.
"""
