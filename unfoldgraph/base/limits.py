"""Every limit of unfoldgraph, once. Each is checked before the work it bounds is begun."""

from __future__ import annotations

SOURCE_BYTES = 256 * 1024
"""The longest source that is read, in bytes."""

WORDS = 60_000
"""The most names, numbers and signs in a source: what is to be read in about a second."""

NAME_CHARACTERS = 256
"""The most characters of a name, a Greek letter counted as the word that stands for it."""

NESTING = 200
"""The deepest nesting of brackets and of reductions in a source."""

TERMS = 10_000
"""The most operations in a row, such as the signs of a flat sum, and the most terms a constant range has."""

INLINED_TERMS = 60_000
"""The most operations that functions, ranges and other reductions may have once they are written out."""

DIGITS = 400
"""The most digits of a number in a source, leading zeros not counted; with them it has twice as many at most."""

OFFSET = 1_000_000
"""The largest delay, and the largest fixed index, in steps."""

AXES = 8
"""The most axes that one name may have."""

ALL_AXES = 64
"""The most axes that one circuit may have."""

SPECIAL_PLACES = 500
"""The most boundaries and pins of one name with several axes."""

STEPS = 10**18
"""The most steps that the command line takes; how many of them a command can do is a limit of its own."""

PLACE_DIGITS = 30
"""The most digits of the place that is to be expanded."""

ERRORS_SHOWN = 20
"""The most errors reported for one source."""

SEARCHED_NODES = 100_000
"""How many statements, all tries together, are looked at for the shortest algebraic loop; then any one is shown."""

LOOP_AXES = 16
"""The most axes that one loop may move along."""

SCHEDULE_MOVES = 10_000_000
"""How many moves the search for an order may take: reads followed, and numbers computed, all loops together."""

CUT_MOVES = 300_000
"""How many of these may look for the smallest whole numbers at a time; then some that are good enough are taken."""

POLYHEDRON_ROWS = 100
"""The most inequalities that are kept while unknowns are eliminated; fewer of them allow more distances of a read."""

HULL_PIECES = 60
"""How many pieces a polyhedron of distances may be cut into to be rid of fractions; then they are rounded."""

HULL_MOVES = 40_000
"""How many numbers may be computed for the distances of one read; then they are found along each axis by itself."""

DOMAIN_PIECES = 24
"""How many pieces the places where two statements meet may fall into; pins that make them more are passed over."""

POINT_MOVES = 400_000
"""How many numbers may be computed to find one place of a cycle."""

WITNESS_CYCLES = 24
"""How many short cycles are combined to show that no order exists."""

WITNESS_SETS = 5_000
"""How many sets of these cycles are tried."""

LOOPS = 1_000
"""The most loops of a circuit that are listed."""

LOOP_MOVES = 50_000
"""How many reads are followed to find loops; then the list says that there are more."""

CYCLE_READS = 300_000
"""How many reads between places are followed to find a cycle at small lengths."""

CYCLE_STEPS = 2_000
"""The longest closed walk, in reads, of which it is worked out at what places and lengths it exists."""

SOLVED_STEPS = 12
"""The longest of these, in reads, where the places are sums of any kind."""

CURED_READS = 1_000
"""The most reads of a loop of which it is tried whether what a message proposes would give it an order."""

ENUMERATED_NODES = 5_000_000
"""The most nodes of an unfolded graph that are ever listed one by one."""

ENUMERATED_EDGES = 40_000_000
"""The most edges of a graph that is built."""

WALKED_READS = 150_000
"""The most reads that are followed to find how deep a graph on several axes is, those of a whole range once."""

POWER_MOVES = 200_000_000
"""How many sums the powers may take by which the depth of a circuit along single axes is found."""

STEPPED_READS = 250_000
"""How many reads are followed step by step to find a period in how deep a circuit with very long delays is."""

BOUND_ROWS = 4_000
"""How many inequalities may say how high the places of a graph on several axes lie."""

BOUND_MOVES = 3_000_000
"""How many numbers may be computed to find how low the highest of these places may lie."""

BOUND_STATES = 20_000
"""How many edges are looked at for a path as long as they lie high."""

EVALUATED_VALUES = 100_000_000
"""The most values of signals, over all steps, that `unfoldgraph run` computes."""

TRACED_NODES = 300_000
"""The most nodes that are walked to find what one node depends on."""

TRACED_READS = 1_000_000
"""The most reads of these nodes that are followed."""

TEXT_NODES = 2_000_000
"""The largest expression, in operations and names, that is written out as text or LaTeX."""

SHOWN_NODES = 2_000
"""The largest expression that a notebook shows without being asked to."""

FORMULA_CHARACTERS = 40_000_000
"""The most characters that the constants of one formula may take together."""

FOLDED_DIGITS = 4_000
"""The most digits of a numerator or a denominator that constants are folded to; longer ones stay operations."""

SYMPY_NODES = 20_000
"""The largest expression that is handed to SymPy, constants folded."""

SYMPY_DEPTH = 220
"""The deepest nesting of a SymPy expression that is handed out, a function counted as one and a half levels."""

SYMPY_FACTOR = 200
"""The largest factor of a matrix with sums over entries, in nodes, that is handed to SymPy, which simplifies it."""

SYMPY_EXPONENT = 1_000_000
"""The largest exponent, as a factor or as a number, of a power of e that is handed to SymPy."""

SYMPY_DIGITS = 4_200
"""The most digits of a constant that is handed to SymPy: Python refuses to print integers of more than 4,300."""

VALUED_NODES = 300_000
"""The most nodes whose values are computed one by one, to be written into a picture."""

DRAWN_NODES = 2_000
"""The most nodes in one picture."""

STEP_EDGES = 150
"""The most edges of one step that a way is sought for; with more no picture can be read."""

NODE_PARAMETERS = 40
"""The most parameters drawn as nodes that one value may use: so many arrows have room side by side at a node."""

SINGLE_EDGES = 1_000
"""The most edges of an unfolded view that do not repeat from step to step, each of which is led by itself."""

LIT_NODES = 10_000
"""The most nodes, drawn or left out, that are walked to light in a page what each drawn node depends on."""

LINE_SIZE = 200
"""The most operations and names of an equation that a page shows."""

WRITTEN_OUT = 110
"""The most operations and names of a formula in a page that is written out in full."""

WRITTEN_IN_PART = 60
"""The most operations and names of one that is not, in which only the last steps are substituted."""

WRITTEN_ANCESTORS = 60
"""The most nodes that a formula in a page is written out over."""

WRITTEN_IN_PAGE = 20_000
"""The same for all formulas of a page together."""

STEP_NODES = 400
"""The most variables, operations, parameters and constants of one step that are laid out as a graph."""

STEP_FLOWS = 1_000
"""The most edges between these."""

UNROLLED_STATEMENTS = 200_000
"""The most assignments of a straight-line program."""

COUNTED_CASES = 20_000
"""The most cases that are told apart to count the places between sums of indices."""

COUNTED_TERMS = 200
"""The most terms of ranges between numbers that are told apart where a condition leaves some of them out."""

WRITTEN_OUT_READS = 20_000
"""The most reads that ranges between numbers are written out as, to find paths in circuits without ranges."""

CIRCUIT_EDGES = 100_000
"""The most edges that one read over ranges between numbers is in the graph of the circuit, one for each term."""

PLACE_ROWS = 500_000
"""The most boxes that places between sums of indices are taken apart into, one for each row of them."""

LOOKED_UP_PLACES = 1_000_000
"""The most places that are looked up one by one where no arithmetic tells which of them are read, or how many."""

CACHE_BYTES = 256 * 1024 * 1024
"""How much the cache of the user may hold; what was not used for the longest time is taken out first."""
