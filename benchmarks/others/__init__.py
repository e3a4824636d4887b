"""What others write for the same work: JAX, PyTorch, CasADi and Numba, each in the way its documentation shows.

Each function takes the data of a row and returns the work to be timed; what it converts before is not timed.
A module whose library is not installed cannot be imported, and is an empty column.
"""
