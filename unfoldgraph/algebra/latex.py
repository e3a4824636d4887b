"""How names, indices, expressions and equations are written in LaTeX, as pieces for whoever sets them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from unfoldgraph.algebra.digits import digits_of
from unfoldgraph.algebra.expression import (
    BY_VALUE,
    Binding,
    Expr,
    Index,
    SizeArgument,
    SizeSum,
    Slice,
    Tree,
    postorder,
    sum_of_size,
)
from unfoldgraph.algebra.notation import terms_in_order
from unfoldgraph.algebra.operators import OPERATORS, is_reduction
from unfoldgraph.algebra.pieces import (
    ABOVE,
    BELOW,
    CLOSING,
    END,
    LISTED,
    OPENING,
    PRIME,
    SPACE,
    Kind,
    Piece,
    Pieces,
    between,
    figures,
    joined,
    script,
    sign,
    template_pieces,
)
from unfoldgraph.algebra.printer import (
    Argument,
    but_for,
    call_arguments,
    fill,
    operands_as_written,
    separated,
    sizes_as_given,
    write,
)
from unfoldgraph.algebra.shape_engine import Rank, RankOf
from unfoldgraph.algebra.table.operator_row import ATOM, NEGATIVE, POWER, PRODUCT, SUM, Operator
from unfoldgraph.base.affine import Affine, axis_of_length, end_name, plain_name
from unfoldgraph.base.names import GREEK, WORD_OF, apart, letters_and_digits

#: Capitals that look like Latin ones have no command in LaTeX.
_NO_COMMAND = {
    "omicron": "o", "Alpha": "A", "Beta": "B", "Epsilon": "E", "Zeta": "Z", "Eta": "H", "Iota": "I", "Kappa": "K",
    "Mu": "M", "Nu": "N", "Omicron": "O", "Rho": "P", "Tau": "T", "Chi": "X",
}  # fmt: skip
#: What stands behind a letter, above what is below it.
_MARK_SIGNS = {"prime": PRIME, "star": sign("*")}
_COMMA = sign(",")


class NameParts(NamedTuple):
    """The pieces of a name: its base, what stands below it, and what stands above it, behind it."""

    base: Pieces
    below: Pieces
    above: Pieces


@lru_cache(maxsize=10_000)
def name_parts(name: str, rank: int | None = 0) -> NameParts:
    r"""Return the pieces of a name, its base bold unless it is a scalar.

    >>> [[joined(part) for part in name_parts(*name)] for name in (("b_f", 1), ("theta1",), ("loss",))]
    [['\\boldsymbol{b}', 'f', ''], ['\\theta', '1', ''], ['\\mathrm{loss}', '', '']]
    >>> [[joined(part) for part in name_parts(*name)] for name in (("y_hat_1", 1), ("h_prime",), ("hidden_state",))]
    [['\\hat{\\boldsymbol{y}}', '1', ''], ['h', '', '\\prime'], ['\\mathrm{hidden\\ state}', '', '']]
    """
    words, accent, marks, below = apart(name)
    # Under an accent these have no dots.
    dotless = f"\\{words[0]}math" if accent and words[0] in ("i", "j") else ""
    base = (Piece("letter", dotless),) if dotless else tuple(_phrase_pieces(words))
    if rank != 0:
        base = (Piece("letter", rf"\boldsymbol{{{joined(base)}}}", inside=base),)
    if accent:
        base = (Piece("letter", rf"\{accent}{{{joined(base)}}}"),)
    subscripts = []
    for part in below:
        letters, digits = letters_and_digits(part)
        subscripts.append([*(_word_pieces(letters) if letters else ()), *figures(digits)])
    above = tuple(_MARK_SIGNS[mark] for mark in marks)
    return NameParts(base, tuple(separated(subscripts, [_COMMA])), above)


def _phrase_pieces(words: Sequence[str]) -> list[Piece]:
    """Return the pieces of one word or letter, or of several words with spaces between them."""
    if len(words) == 1:
        return _word_pieces(words[0])
    letters = [letter for word in words for letter in (r"\ ", *(_upright(word)))][1:]
    return [Piece("operator", rf"\mathrm{{{''.join(letters).strip()}}}", letters=tuple(letters))]


def _upright(word: str) -> tuple[str, ...]:
    """Return the letters of a word in LaTeX."""
    if word in GREEK:
        return (_NO_COMMAND.get(word, rf"\{word} "),)
    return tuple(rf"\{WORD_OF[letter]} " if letter in WORD_OF else letter for letter in word)


def _word_pieces(word: str) -> list[Piece]:
    """Return letters that stand for one thing."""
    word = WORD_OF.get(word, word)
    if word in GREEK:
        return [Piece("letter", _NO_COMMAND.get(word, rf"\{word}"))]
    if len(word) > 1 and word[0] not in WORD_OF:
        letters = _upright(word)
        kind: Kind = "letter" if word[1] in WORD_OF else "operator"
        return [Piece(kind, rf"\mathrm{{{''.join(letters).strip()}}}", letters=letters)]
    found: list[Piece] = []
    for letter in re.findall(r"[0-9]+|.", word):
        found += [Piece("letter", rf"\{WORD_OF[letter]}"), SPACE] if letter in WORD_OF else [Piece("letter", letter)]
    return found[:-1] if found and found[-1] == SPACE else found


def place_latex(name: str, index: Sequence[int], rank: int | None, notation: str = "book") -> str:
    r"""Return a name at a place in numbers in LaTeX: the index in raised parentheses, as the book writes it.

    >>> place_latex("h", [2], 1)
    '\\boldsymbol{h}^{(2)}'
    """
    return joined(place_pieces(name, [_index_pieces(Index("", at), ()) for at in index], rank, notation))


def place_pieces(
    name: str,
    index: Sequence[Sequence[Any]],
    rank: int | None,
    notation: str = "book",
    entry: Sequence[Any] = (),
) -> list[Any]:
    r"""Return the pieces of a name at a place, among them the arguments that places are computed by.

    An entry of it joins its subscript, since LaTeX allows a letter one.

    >>> joined(place_pieces("b_f", [], 1, entry=[sign("0")]))
    '\\boldsymbol{b}_{f,0}'
    """
    base, subscript, marks = name_parts(name, rank)
    places = separated(index, LISTED)
    below = list(subscript)
    if index and notation == "subscript":
        below = separated(list(filter(None, (below, places))), LISTED)
    below = separated(list(filter(None, (below, entry))), [_COMMA])
    found = [*base, *script(BELOW, below)]
    if index and notation == "book":
        return [*found, *script(ABOVE, [*marks, sign("("), *places, sign(")")])]
    found += script(ABOVE, marks)
    return [*found, sign("["), *places, sign("]")] if index and notation == "bracket" else found


@dataclass(frozen=True, slots=True)
class Ends:
    r"""How the last place of each axis is written in LaTeX.

    It is τ, as in the book, where all axes have one length. Where they have several, that is the length of the axis
    t, and any other has the name of its axis below.

    Attributes
    ----------
    axes_of : the axes of a signal or an input.
    length_of : the axis whose length each axis has.

    >>> ends = Ends({"c": ("t", "u"), "x": ("u",)}.__getitem__, {"t": "t", "u": "u"})
    >>> joined(ends.symbol("t")), joined(ends.symbol("u"))
    ('\\tau', '\\tau_{u}')
    """

    axes_of: Callable[[str], Sequence[str]]
    length_of: Mapping[str, str]

    def symbol(self, axis: str) -> list[Piece]:
        """Return the last place of an axis."""
        own = self.length_of.get(axis)
        if own == self.length_of.get("t") or len(set(self.length_of.values())) < 2:
            return [sign(r"\tau")]
        return [sign(r"\tau"), *script(BELOW, name_pieces(own or axis))]

    def of_read(self, name: str, index: Sequence[Index], computed: Sequence[Any] = ()) -> list[list[Any]]:
        """Return the places of a read; `computed` are its arguments, of which a place may be one."""
        axes = self.axes_of(name) or [""] * len(index)
        return [
            [Argument(computed[place.offset], 0)]
            if place.base == BY_VALUE
            else [*_index_pieces(place, self.symbol(axis), self)]
            for place, axis in zip(index, axes, strict=True)
        ]

    def axis_of(self, name: str, body: Tree) -> str:
        """Return the axis that a name bound around an expression runs over: that of what is read by it."""

        def hides(node: Tree) -> bool:
            return is_reduction(node) and any(binding.name == name for binding in node.data)

        for node in postorder([body], stop=hides):
            if node.operator == "read":
                source, index = node.data
                for place, axis in zip(index, self.axes_of(source), strict=True):
                    if place.bound and place.base == name:
                        return axis
        return name


def _with_axes(root: Expr, ends: Ends, scope: Mapping[str, str]) -> Expr:
    """Return an expression whose reductions know the axis that they run over, and `end(…)` that it is the length of.

    It calls itself once per nested reduction, which the limit on nesting bounds.
    """
    made: dict[int, Expr] = {}
    for node in postorder([root], stop=is_reduction):
        if is_reduction(node):
            bindings = [
                binding if binding.ends else binding._replace(axis=ends.axis_of(binding.name, node.arguments[0]))
                for binding in node.data
            ]
            inner = {**scope, **{binding.name: binding.axis for binding in bindings}}
            parts = tuple(_with_axes(part, ends, inner) for part in node.arguments)
            made[id(node)] = Expr(node.operator, parts, tuple(bindings))
        elif node.operator == "length":
            made[id(node)] = Expr("length", (), scope.get(node.data, node.data))
        else:
            made[id(node)] = Expr(node.operator, tuple(made[id(one)] for one in node.arguments), node.data)
    return made[id(root)]


def _index_pieces(place: Index, end: Sequence[Piece], ends: Ends | None = None) -> list[Piece]:
    """Return one place of an index that is not computed, `end` for the last."""
    if place.form is not None:
        return sum_pieces(place.form, end, ends, place.names)
    if place.base == "end":
        return [*end, SPACE, *signed_pieces(place.offset, True)] if place.offset else list(end)
    found = list(name_pieces(place.base)) if place.base else []
    if place.offset or not found:
        found += signed_pieces(place.offset, bool(found))
    return found


def sum_pieces(form: Affine, end: Sequence[Piece], ends: Ends | None, names: Sequence[str] = ()) -> list[Piece]:
    """Return a sum of indices, lengths and sizes."""
    found: list[Piece] = []
    for name, factor in terms_in_order(form, names):
        if found or factor < 0:
            found.append(sign("-" if factor < 0 else "+"))
        if not name or abs(factor) != 1:
            found += figures(str(abs(factor)))
        axis = axis_of_length(name)
        if name == end_name():
            found += end
        elif axis:
            found += ends.symbol(axis) if ends else name_pieces(axis)
        elif name:
            found += name_pieces(plain_name(name))
    return found or [*figures("0")]


def signed_pieces(number: int, has_plus: bool = False) -> list[Piece]:
    """Return an integer with its sign, a plus only where that is asked for."""
    signs = [sign("-")] if number < 0 else [sign("+")] if has_plus else []
    return [*signs, *figures(str(abs(number)))]


def name_pieces(name: str) -> list[Piece]:
    """Return the pieces of a name, what stands behind its `_` below it."""
    base, below, above = name_parts(name)
    return [*base, *script(BELOW, below), *script(ABOVE, above)]


def _name_level(name: str) -> int:
    """Return how tightly a name binds in LaTeX: one with a prime is no base of a power, which has two exponents."""
    return POWER if apart(name).marks else ATOM


def latex_parts(
    expression: Expr, is_open: Callable[[Expr], bool], rank: Rank = lambda name: 0, notation: str = "book"
) -> Iterator[Piece | Expr]:
    """Do the same for the LaTeX of an expression."""
    ranks, known = RankOf(rank), Ends(lambda name: (), {})
    written = but_for(is_open, lambda node: _latex_pieces(node, ranks, notation, known))
    return write(expression, written, OPENING, CLOSING)


def latex(expression: Tree, rank: Rank = lambda name: 0, notation: str = "book", ends: Ends | None = None) -> str:
    """Return an expression in LaTeX; `rank` tells which names are vectors and matrices, `ends` where axes end."""
    return joined(latex_pieces(expression, rank, notation, ends))


def latex_pieces(
    expression: Tree, rank: Rank = lambda name: 0, notation: str = "book", ends: Ends | None = None
) -> Iterator[Piece]:
    r"""Yield what the LaTeX of an expression consists of, for whoever sets it.

    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> root = Expr("sqrt", (Expr("parameter", (), "theta"),))
    >>> [(piece.kind, piece.latex) for piece in latex_pieces(root)]
    [('root', '\\sqrt{'), ('letter', '\\theta'), ('end', '}')]
    """
    ranks = RankOf(rank)
    known = ends or Ends(lambda name: (), {})
    return write(expression, lambda node: _latex_pieces(node, ranks, notation, known), OPENING, CLOSING)


def _is_juxtaposed(node: Tree) -> bool:
    row = OPERATORS.get(node.operator)
    return row is not None and row.is_juxtaposed


def _size_pieces(one: SizeArgument) -> list[Piece]:
    return sum_pieces(sum_of_size(one), (), None, one.names if isinstance(one, SizeSum) else ())


def _latex_pieces(node: Tree, ranks: RankOf, notation: str, ends: Ends) -> tuple[int, Sequence[Piece | Argument]]:
    """Return how tightly a node binds in LaTeX, and its pieces."""
    match node.operator:
        case "number":
            return _latex_number(node.data)
        case "read":
            name, index = node.data
            places = ends.of_read(name, index, node.arguments)
            written = place_pieces(name, places, ranks.of_name(name), notation)
            return (POWER if index and notation == "book" else _name_level(name)), written
        case "parameter" | "argument":
            return _name_level(node.data), place_pieces(node.data, [], ranks.of_name(node.data))
        case "size":
            return _name_level(node.data), name_pieces(node.data)
        case "axis":
            return _name_level(node.data[0]), name_pieces(node.data[0])
        case "length":
            return ATOM, ends.symbol(node.data)
        case "call":
            arguments = call_arguments(node, LISTED, sign(";"))
            return ATOM, [*name_pieces(node.data[0]), OPENING, *arguments, CLOSING]
        case "defined":
            return ATOM, [*name_pieces(node.data), OPENING, *call_arguments(node, LISTED, sign(";")), CLOSING]
        case "entry":
            return _entry_pieces(node, ranks, notation, ends)
    row = OPERATORS[node.operator]
    if row.is_juxtaposed and row.glyph_of_arrays:
        return row.latex_precedence, _product_pieces(node, row, ranks)
    if row.kind == "reduction":
        return _reduction_pieces(node, row, ends)
    sizes = [_size_pieces(size) for size in sizes_as_given(node)]
    return row.latex_precedence, fill(template_pieces(row.latex), operands_as_written(node), sizes, LISTED)


def _reduction_pieces(node: Tree, row: Operator, ends: Ends) -> tuple[int, Sequence[Piece | Argument]]:
    """Return a reduction: one that binds like a sum with its bounds below and above, all others with them below."""
    head = sign(row.latex)
    bounds = [_bounds(binding, ends) for binding in node.data]
    condition: list[Any] = [Argument(node.arguments[1], 0)] if len(node.arguments) > 1 else []
    if row.latex_precedence == SUM and not condition:
        signs = [
            [head, *script(BELOW, [*name, sign("="), *first]), *script(ABOVE, last)] for name, first, last in bounds
        ]
        return SUM, [*separated(signs, [SPACE]), SPACE, Argument(node.arguments[0], PRODUCT)]
    within = [SPACE, sign(r"\le"), SPACE]
    ranges = [[*first, *within, *name, *within, *last] for name, first, last in bounds]
    below = script(BELOW, separated([*ranges, *([condition] if condition else [])], [_COMMA, sign(r"\,"), SPACE]))
    if row.latex_precedence == SUM:
        return SUM, [head, *below, SPACE, Argument(node.arguments[0], PRODUCT)]
    return ATOM, [head, *below, OPENING, Argument(node.arguments[0], 0), CLOSING]


def _entry_pieces(node: Tree, ranks: RankOf, notation: str, ends: Ends) -> tuple[int, Sequence[Piece | Argument]]:
    """Return how tightly an entry binds, and its pieces, with one subscript, for LaTeX has no second.

    b_1[0] is b with 1,0 below, and so is b[1][0]. What is left of a slice counts its own entries, so it
    stands in parentheses.
    """
    written = _entry_places(node)
    of = node.arguments[0]
    while of.operator == "entry" and not any(isinstance(item, Slice) for item in of.data):
        written = [*_entry_places(of), _COMMA, *written]
        of = of.arguments[0]
    match of.operator:
        case "parameter" | "argument":
            return _name_level(of.data), place_pieces(of.data, [], ranks.of_name(of.data), notation, written)
        case "read" if notation == "subscript" or not of.data[1]:
            # A signal has its places in all its reads, so those of its entries cannot be taken for them.
            name, index = of.data
            pieces = place_pieces(name, ends.of_read(name, index), ranks.of_name(name), notation, written)
            return _name_level(name), pieces
        case "entry":
            return ATOM, [OPENING, Argument(of, 0), CLOSING, *script(BELOW, written)]
    return ATOM, [Argument(of, ATOM), *script(BELOW, written)]


def _entry_places(node: Tree) -> list[Any]:
    """Return what stands between the brackets of an entry."""

    def pieces(bound: Index | None) -> list[Any]:
        if bound is not None and bound.base == BY_VALUE:
            return [Argument(node.arguments[bound.offset], 0)]
        # That `end` cannot count entries is an error where it is read.
        return [] if bound is None else [*_index_pieces(bound, ())]

    items = [item if isinstance(item, Slice) else (item,) for item in node.data]
    places = [[pieces(bound) for bound in item] for item in items]
    return separated([separated(place, [sign(":")]) for place in places], LISTED)


def _product_pieces(node: Tree, row: Operator, ranks: RankOf) -> Sequence[Piece | Argument]:
    """Return a product entry by entry as ⊙, of scalars side by side, before a digit with a dot."""
    left, right = node.arguments
    if ranks(left) and ranks(right):
        dot = sign(row.glyph_of_arrays)
    else:
        first = right
        while first.arguments and _is_juxtaposed(first):
            first = first.arguments[0]
        dot = sign(r"\cdot" if first.operator == "number" else r"\,")
    return [Argument(left, PRODUCT), SPACE, dot, SPACE, Argument(right, PRODUCT + 1)]


def _bounds(binding: Binding, ends: Ends) -> tuple[list[Piece], list[Piece], list[Piece]]:
    """Return the name that a reduction binds, its first value and its last."""
    name = name_pieces(binding.name)
    if not binding.ends:
        return name, [sign("1")], ends.symbol(binding.axis)
    first, last = (sum_pieces(end, (), ends) for end in binding.ends)
    return name, first, last


def _latex_number(value: int | Fraction | str) -> tuple[int, list[Piece]]:
    """Return how tightly a constant binds, and its pieces: powers of ten and fractions spelled out."""
    if isinstance(value, str):
        minus = [sign("-")] if value == "-inf" else []
        return (NEGATIVE if minus else ATOM), [
            *minus,
            sign(r"\infty" if value in ("inf", "-inf") else r"\mathrm{nan}"),
        ]
    found = digits_of(value)
    minus = [sign(found.sign)] if found.sign else []
    written, level = [*figures(found.digits)], ATOM
    # A power of ten is written as a product; a fraction needs parentheses only as a base.
    if found.denominator:
        exponent = [sign("e"), *figures(found.exponent)] if found.exponent else []
        written = [sign(r"\frac{"), *written, *exponent, sign("}{"), *figures(found.denominator), END]
        level = POWER
    elif found.exponent:
        power = [*([sign(found.exponent_sign)] if found.exponent_sign else []), *figures(found.exponent)]
        written += [SPACE, sign(r"\cdot"), SPACE, sign("10"), *script(ABOVE, power)]
        level = PRODUCT
    return NEGATIVE if minus else level, [*minus, *written]


EquationSides = tuple[Expr, Expr, tuple[Binding, ...]]
"""Both sides of an equation, and the ranges behind it."""


def equation_pieces(
    equation: EquationSides, rank: Rank, ends: Ends, notation: str = "book"
) -> tuple[list[Piece], list[Piece]]:
    r"""Return both sides of an equation of a circuit, on the right with where it stands.

    >>> from unfoldgraph.algebra.expression import number, parameter
    >>> from unfoldgraph.base.affine import index, length, whole
    >>> ranges = Binding("i", whole(1), whole(2)), Binding("j", index("i") + 1, length("j"))
    >>> joined(equation_pieces((parameter("c"), number(0), ranges), lambda name: 0, Ends(lambda name: (), {}))[1])
    '0, \\quad i = 1, 2, \\; j = i+1, \\ldots, \\tau'
    """
    *sides, ranges = equation
    left, right = (list(latex_pieces(_with_axes(side, ends, {}), rank, notation, ends)) for side in sides)
    for n, binding in enumerate(ranges):
        right += [*LISTED, sign(r"\;" if n else r"\quad"), SPACE, *_range_pieces(binding, ends)]
    return left, right


def _range_pieces(binding: Binding, ends: Ends) -> list[Piece]:
    """Return where an equation stands along an index, as a list of its places."""
    name, first, last = _bounds(binding, ends)
    if binding.numbers is not None and len(binding.numbers) <= 3:
        places = [signed_pieces(at) for at in binding.numbers]
    elif binding.ends and binding.ends[0] + 1 == binding.ends[1]:
        places = [first, last]
    else:
        places = [first, [sign(r"\ldots")], last]
    return [*name, SPACE, sign("="), SPACE, *between(places, *LISTED)]


def equations_latex(equations: Sequence[EquationSides], rank: Rank, ends: Ends, notation: str = "book") -> str:
    """Return equations in LaTeX, aligned at their equals signs where there are several."""
    equals = " = " if len(equations) == 1 else " &= "
    lines = [equals.join(map(joined, equation_pieces(one, rank, ends, notation))) for one in equations]
    if len(lines) == 1:
        return lines[0]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"
