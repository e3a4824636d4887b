"""Every limit of unfoldgraph, once. Each is checked before the work it bounds is begun."""

from __future__ import annotations

SOURCE_BYTES = 256 * 1024
"""The longest source that is read, in bytes."""

NESTING = 200
"""The deepest nesting of brackets and of reductions in a source."""

TERMS = 10_000
"""The most operations in a row, such as the signs of a flat sum, and the most terms a constant range has."""

INLINED_TERMS = 200_000
"""The most operations a circuit may have once its functions and ranges are written out."""

DIGITS = 400
"""The most digits of a number in a source, leading zeros not counted; with them it has twice as many at most."""

OFFSET = 1_000_000
"""The largest delay, and the largest fixed index, in steps."""

STEPS = 10**18
"""The most steps that the command line takes; how many of them a command can do is a limit of its own."""

PLACE_DIGITS = 30
"""The most digits of the place that is to be expanded."""

ERRORS_SHOWN = 20
"""The most errors reported for one source."""

SEARCHED_NODES = 200_000
"""How many statements, all tries together, are looked at for the shortest algebraic loop; then any one is shown."""

LOOPS = 1_000
"""The most loops of a circuit that are listed."""

LOOP_MOVES = 50_000
"""How many reads are followed to find loops; then the list says that there are more."""

ENUMERATED_NODES = 5_000_000
"""The most nodes of an unfolded graph that are ever listed one by one."""

EVALUATED_VALUES = 100_000_000
"""The most values of signals, over all steps, that `unfoldgraph run` computes."""

TEXT_NODES = 2_000_000
"""The largest expression, in operations and names, that is written out as text or LaTeX."""

FORMULA_CHARACTERS = 40_000_000
"""The most characters that the constants of one formula may take together."""

FOLDED_DIGITS = 4_000
"""The most digits of a numerator or a denominator that constants are folded to; longer ones stay operations."""

SYMPY_NODES = 20_000
"""The largest expression that is handed to SymPy, constants folded."""

SYMPY_DEPTH = 220
"""The deepest nesting of a SymPy expression that is handed out, a function counted as one and a half levels."""

SYMPY_EXPONENT = 1_000_000
"""The largest exponent, as a factor or as a number, of a power of e that is handed to SymPy."""

SYMPY_DIGITS = 4_200
"""The most digits of a constant that is handed to SymPy: Python refuses to print integers of more than 4,300."""

DRAWN_NODES = 2_000
"""The most nodes in one picture."""

UNROLLED_STATEMENTS = 200_000
"""The most assignments of a straight-line program."""
