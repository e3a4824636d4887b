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
"""The most characters of a number in a source."""

OFFSET = 1_000_000
"""The largest delay, and the largest fixed index, in steps."""

ERRORS_SHOWN = 20
"""The most errors reported for one source."""

ENUMERATED_NODES = 5_000_000
"""The most nodes of an unfolded graph that are ever listed one by one."""

EVALUATED_VALUES = 100_000_000
"""The most values of signals, over all steps, that `unfoldgraph run` computes."""

TEXT_NODES = 2_000_000
"""The largest expression, in operations and names, that is written out as text or LaTeX."""

SYMPY_NODES = 20_000
"""The largest expression that is handed to SymPy, constants folded."""

DRAWN_NODES = 2_000
"""The most nodes in one picture."""

UNROLLED_STATEMENTS = 200_000
"""The most assignments of a straight-line program."""
