"""How names, indices and expressions are written, as text and as LaTeX.

Both are one walk with a stack of its own: an operator's template from the table says what stands between
its arguments and which of them need parentheses. So a chain of 100,000 operations prints like one of ten.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeVar

from unfoldgraph.algebra.digits import digits_of, number_level, number_text
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
    written_size,
)
from unfoldgraph.algebra.operators import OPERATORS, indexed_operand, is_reduction
from unfoldgraph.algebra.pieces import (
    ABOVE,
    BELOW,
    CLOSING,
    END,
    LISTED,
    OPENING,
    PRIME,
    SPACE,
    Hole,
    Kind,
    Piece,
    Pieces,
    figures,
    joined,
    script,
    sign,
    template_pieces,
)
from unfoldgraph.algebra.possible_reads import may_be_read
from unfoldgraph.algebra.shape_engine import Rank, RankOf
from unfoldgraph.algebra.table.operator_row import ATOM, CONDITIONAL, NEGATIVE, POSTFIX, POWER, PRODUCT, SUM, Operator
from unfoldgraph.base.affine import Affine, axis_of_length, end_name, is_index, is_size, plain_name
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.limits import TEXT_NODES
from unfoldgraph.base.names import ACCENTS, GREEK, MARKS, WORD_OF, apart, letters_and_digits

#: Capitals that look like Latin ones have no command in LaTeX.
_NO_COMMAND = {
    "omicron": "o", "Alpha": "A", "Beta": "B", "Epsilon": "E", "Zeta": "Z", "Eta": "H", "Iota": "I", "Kappa": "K",
    "Mu": "M", "Nu": "N", "Omicron": "O", "Rho": "P", "Tau": "T", "Chi": "X",
}  # fmt: skip
#: What stands behind a letter, above what is below it.
_MARK_SIGNS = {"prime": PRIME, "star": sign("*")}
_TEMPLATE_PART = re.compile(r"<(\d+)\|(\d+)>|<(\*)>")
_COMMA = sign(",")


class Argument(NamedTuple):
    """An argument among the pieces of an operator, and how tightly it has to bind."""

    node: Any
    level: int


T = TypeVar("T")


@lru_cache(maxsize=10_000)
def shown(name: str) -> str:
    """Return a name as it is printed: Greek letters as letters.

    >>> shown("theta"), shown("theta_1"), shown("h0")
    ('θ', 'θ_1', 'h0')
    """
    return "_".join(
        GREEK.get(match[1], match[1]) + match[2] if (match := re.fullmatch(r"(.*?)(\d*)", part)) else part
        for part in name.split("_")
    )


def printed(name: str) -> str:
    """Return a name in plain characters as a formula prints it, with what is below behind a `_`.

    >>> printed("y_hat_1"), printed("h_prime"), printed("theta"), printed("hidden_state")
    ('ŷ_1', 'h′', 'θ', 'hidden state')
    """
    words, accent, marks, below = apart(name)
    if not accent and not marks and len(words) == 1:
        return shown(name)
    base = " ".join(map(shown, words)) + ACCENTS.get(accent, "")
    written = [unicodedata.normalize("NFC", base), *(MARKS[mark] for mark in marks)]
    return "_".join(["".join(written), *map(shown, below)])


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
    return NameParts(base, tuple(_listed(subscripts, [_COMMA])), above)


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


def index_text(place: Index) -> str:
    """Return one place of an index that is not computed.

    >>> index_text(Index("t", -1)), index_text(Index("end")), index_text(Index("", 0))
    ('t-1', 'end', '0')
    """
    if place.form is not None:
        return sum_text(place.form, place.names)
    written = shown(place.base)
    if place.offset or not written:
        written += f"{place.offset:+d}" if written else str(place.offset)
    return written


def sum_text(form: Affine, names: Sequence[str] = ()) -> str:
    """Return a sum of indices, lengths and sizes, in the order of some names.

    >>> from unfoldgraph.base.affine import end_here, index, length
    >>> sum_text(index("n") - index("k") - 1), sum_text(length("t") + index("i").times(2)), sum_text(end_here())
    ('n-k-1', '2*i+end(t)', 'end')
    """
    written = ""
    for name, factor in _in_order(form, names):
        sign = "-" if factor < 0 else "+" if written else ""
        multiple = "" if abs(factor) == 1 else f"{abs(factor)}*"
        axis = axis_of_length(name)
        own = "end" if name == end_name() else f"end({shown(axis)})" if axis else shown(plain_name(name))
        written += f"{sign}{multiple}{own}" if name else f"{sign}{abs(factor)}"
    return written or "0"


def _in_order(form: Affine, names: Sequence[str]) -> list[tuple[str, int]]:
    """Return the terms of a sum as one writes them: what is added first, and as it was written; "" is the constant."""

    def rank(term: tuple[str, int]) -> tuple[bool, int, bool, bool, str]:
        name, factor = term
        place = names.index(name) if name in names else len(names)
        return factor < 0, place, not is_index(name), is_size(name), name

    terms = sorted(form.terms, key=rank)
    if not form.constant:
        return terms
    begins_with_minus = bool(terms) and terms[0][1] < 0
    return [("", form.constant), *terms] if begins_with_minus and form.constant > 0 else [*terms, ("", form.constant)]


def read_text(name: str, index: Sequence[Index], notation: str = "book", named: Callable[[str], str] = shown) -> str:
    """Return a read as text: `h(t-1)`, or `h_t-1` in subscripts, or `h[t-1]`."""
    return place_text(name, [index_text(place) for place in index], notation, named)


def place_text(name: str, index: Sequence[str], notation: str = "book", named: Callable[[str], str] = shown) -> str:
    """Return a name at a place as text."""
    places = ", ".join(index)
    if not index:
        return named(name)
    if notation == "subscript":
        return f"{named(name)}_{places}" if re.fullmatch(r"\w+", places) else f"{named(name)}_{{{places}}}"
    return f"{named(name)}[{places}]" if notation == "bracket" else f"{named(name)}({places})"


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
    places = _listed(index, LISTED)
    below = list(subscript)
    if index and notation == "subscript":
        below = _listed(list(filter(None, (below, places))), LISTED)
    below = _listed(list(filter(None, (below, entry))), [_COMMA])
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
        return _sum_pieces(place.form, end, ends, place.names)
    if place.base == "end":
        return [*end, SPACE, *signed_pieces(place.offset, True)] if place.offset else list(end)
    found = list(name_pieces(place.base)) if place.base else []
    if place.offset or not found:
        found += signed_pieces(place.offset, bool(found))
    return found


def _sum_pieces(form: Affine, end: Sequence[Piece], ends: Ends | None, names: Sequence[str] = ()) -> list[Piece]:
    """Return a sum of indices, lengths and sizes."""
    found: list[Piece] = []
    for name, factor in _in_order(form, names):
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


def text(expression: Tree, notation: str = "book", named: Callable[[str], str] = shown) -> str:
    """Return an expression as the language writes it; ``named`` says how names are.

    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> text(Expr("neg", (Expr("pow", (Expr("parameter", (), "theta"), number(2))),)))
    '-θ**2'
    """
    return "".join(_write(expression, lambda node: _text_pieces(node, notation, named), "(", ")"))


def text_parts(
    expression: Expr,
    is_open: Callable[[Expr], bool],
    notation: str = "book",
    named: Callable[[str], str] = shown,
) -> Iterator[str | Expr]:
    """Yield what the text of an expression consists of; what is open in it, for the caller to write, stays a node.

    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> root = Expr("neg", (Expr("pow", (Expr("parameter", (), "theta"), number(2))),))
    >>> ["?" if isinstance(part, Expr) else part for part in text_parts(root, lambda node: node.operator == "number")]
    ['-', 'θ', '**', '?']
    """
    return _write(expression, _but_for(is_open, lambda node: _text_pieces(node, notation, named)), "(", ")")


def latex_parts(
    expression: Expr, is_open: Callable[[Expr], bool], rank: Rank = lambda name: 0, notation: str = "book"
) -> Iterator[Piece | Expr]:
    """Do the same for the LaTeX of an expression."""
    ranks, known = RankOf(rank), Ends(lambda name: (), {})
    written = _but_for(is_open, lambda node: _latex_pieces(node, ranks, notation, known))
    return _write(expression, written, OPENING, CLOSING)


def _but_for(
    is_open: Callable[[Expr], bool], pieces: Callable[[Any], tuple[int, Sequence[T | Argument]]]
) -> Callable[[Any], tuple[int, Sequence[T | Expr | Argument]]]:
    """Return what gives the pieces of a node, itself where it is open: it binds as what will stand for it."""

    def found(node: Expr) -> tuple[int, Sequence[T | Expr | Argument]]:
        binds, written = pieces(node)
        return binds, [node] if is_open(node) else written

    return found


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
    return _write(expression, lambda node: _latex_pieces(node, ranks, notation, known), OPENING, CLOSING)


def brief(expression: Tree, width: int = 40) -> str:
    """Return an expression as text, cut to a width; costs no more than the width, however large it is."""
    written = ""
    for piece in _write(expression, lambda node: _text_pieces(node, "book", shown), "(", ")"):
        written += piece
        if len(written) > width:
            return written[: width - 3] + "..."
    return written


def require_writable(expression: Tree) -> None:
    """Raise a `CircuitError` for an expression that is small only because its parts are shared."""
    what = "written out, this equation has {} operations and names"
    require_within(written_size(expression), TEXT_NODES, what, "name the shared parts")


def _write(
    root: Tree, pieces: Callable[[Any], tuple[int, Sequence[T | Argument]]], opening: T, closing: T
) -> Iterator[T]:
    """Yield the pieces of an expression one after the other, with the parentheses that are needed."""
    stack: list[T | Argument] = [Argument(root, 0)]
    while stack:
        piece = stack.pop()
        if not isinstance(piece, Argument):
            yield piece
            continue
        binds, parts = pieces(piece.node)
        if binds < piece.level:
            stack.append(closing)
        stack.extend(reversed(parts))
        if binds < piece.level:
            stack.append(opening)


@cache
def _parts(template: str) -> tuple[str | Hole, ...]:
    """Return what a template of text consists of; each is read once."""
    found: list[str | Hole] = []
    end = 0
    for match in _TEMPLATE_PART.finditer(template):
        found.append(template[end : match.start()])
        found.append(Hole(-1, 0) if match[3] else Hole(int(match[1]), int(match[2])))
        end = match.end()
    found.append(template[end:])
    return tuple(part for part in found if part)


def _fill(
    parts: Sequence[T | Hole],
    arguments: Sequence[Any],
    extra: Sequence[Sequence[T | Argument]],
    comma: Sequence[T | Argument],
) -> list[T | Argument]:
    """Return the pieces of a template; `extra` are further arguments that are written already."""
    pieces: list[T | Argument] = []
    for part in parts:
        if not isinstance(part, Hole):
            pieces.append(part)
        elif part.position >= 0:
            pieces.append(Argument(arguments[part.position], part.level))
        else:
            pieces += _listed([*_arguments(arguments), *extra], comma)
    return pieces


def _arguments(nodes: Sequence[Any]) -> list[list[Argument]]:
    return [[Argument(node, 0)] for node in nodes]


def _listed(items: Sequence[Sequence[T]], separator: Sequence[T]) -> list[T]:
    """Return the items with a separator between them."""
    pieces: list[T] = []
    for n, item in enumerate(items):
        pieces += [*separator, *item] if n else item
    return pieces


def _is_juxtaposed(node: Tree) -> bool:
    row = OPERATORS.get(node.operator)
    return row is not None and row.is_juxtaposed


def _call_arguments(node: Tree, comma: Sequence[T | Argument], semicolon: T) -> list[T | Argument]:
    """Return the arguments of a function, the shared parameters of an opaque one after a semicolon."""
    positional = node.data[1] if node.operator == "call" else len(node.arguments)
    pieces: list[T | Argument] = _listed(_arguments(node.arguments[:positional]), comma)
    shared: list[T | Argument] = _listed(_arguments(node.arguments[positional:]), comma)
    return [*pieces, semicolon, *comma[1:], *shared] if shared else pieces


def _size_text(one: SizeArgument) -> str:
    return sum_text(sum_of_size(one), one.names if isinstance(one, SizeSum) else ())


def _size_pieces(one: SizeArgument) -> list[Piece]:
    return _sum_pieces(sum_of_size(one), (), None, one.names if isinstance(one, SizeSum) else ())


def _sizes(node: Tree) -> Sequence[SizeArgument]:
    """Return the sizes that a row keeps as data, as they were given."""
    row = OPERATORS.get(node.operator)
    if row is None or row.sizes == 0:
        return ()
    return row.written_sizes(node.data)


def _operands(node: Any) -> Sequence[Any]:
    """Return the operands of a node as they are written: with the entries of one that its data tell."""
    kept = [*node.arguments]
    if (position := indexed_operand(node)) is not None:
        kept[position] = type(node)("entry", (kept[position],), node.data)
    return kept


def entry_text(items: Sequence[Index | Slice]) -> str:
    """Return what an entry has behind what it is an entry of, in brackets, where none of it is computed.

    >>> entry_text([Slice(Index("", 1), None), Index("end")])
    '[1:, end]'
    """
    written = (
        ":".join("" if bound is None else index_text(bound) for bound in item)
        if isinstance(item, Slice)
        else index_text(item)
        for item in items
    )
    return f"[{', '.join(written)}]"


def binding_text(binding: Binding) -> str:
    """Return what an index runs over: `k in 0..M-1`, or its name alone.

    >>> from unfoldgraph.base.affine import index, whole
    >>> binding_text(Binding("k", whole(0), index("t") - 1)), binding_text(Binding("t"))
    ('k in 0..t-1', 't')
    """
    return " in ".join([shown(binding.name), *(["..".join(map(sum_text, binding.ends))] if binding.ends else [])])


def _computed_pieces(node: Tree, opening: str, closing: str) -> list[str | Argument]:
    """Return what stands in the brackets of a read or an entry of which some is computed."""
    places = node.data[1] if node.operator == "read" else node.data
    written: list[list[str | Argument]] = []
    for place in places:
        if isinstance(place, Index) and place.base == BY_VALUE:
            written.append([Argument(node.arguments[place.offset], 0)])
        else:
            written.append([entry_text([place])[1:-1]])
    return [opening, *_listed(written, [", "]), closing]


def _text_pieces(node: Tree, notation: str, named: Callable[[str], str]) -> tuple[int, Sequence[str | Argument]]:
    """Return how tightly a node binds as text, and its pieces."""
    match node.operator:
        case "number":
            return number_level(node.data), [number_text(node.data)]
        case "read" if node.arguments:
            opening, closing = {"bracket": ("[", "]"), "subscript": ("_{", "}")}.get(notation, ("(", ")"))
            return ATOM, [named(node.data[0]), *_computed_pieces(node, opening, closing)]
        case "read":
            name, index = node.data
            return ATOM, [read_text(name, index, notation, named)]
        case "parameter" | "size" | "argument":
            return ATOM, [named(node.data)]
        case "axis":
            return ATOM, [named(node.data[0])]
        case "end":
            return ATOM, ["end"]
        case "length":
            # Within an index it is the end of what is read.
            return ATOM, [f"end({named(node.data)})" if node.data else "end"]
        case "call":
            # A semicolon with nothing behind it tells a call from a read.
            closing = ";)" if len(node.arguments) == node.data[1] and may_be_read(node.arguments) else ")"
            return ATOM, [f"{named(node.data[0])}(", *_call_arguments(node, [", "], "; "), closing]
        case "defined":
            return ATOM, [f"{named(node.data)}(", *_call_arguments(node, [", "], "; "), ")"]
        case "entry":
            return POSTFIX, [Argument(node.arguments[0], POSTFIX), *_computed_pieces(node, "[", "]")]
    row = OPERATORS[node.operator]
    if row.kind == "reduction":
        bindings = ", ".join(map(binding_text, node.data))
        condition: list[str | Argument]
        condition = [" if ", Argument(node.arguments[1], CONDITIONAL + 1)] if len(node.arguments) > 1 else []
        return ATOM, [f"{row.spelling}(", Argument(node.arguments[0], 0), f" for {bindings}", *condition, ")"]
    sizes = [[_size_text(size)] for size in _sizes(node)]
    return row.precedence, _fill(_parts(row.text), _operands(node), sizes, [", "])


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
            arguments = _call_arguments(node, LISTED, sign(";"))
            return ATOM, [*name_pieces(node.data[0]), OPENING, *arguments, CLOSING]
        case "defined":
            return ATOM, [*name_pieces(node.data), OPENING, *_call_arguments(node, LISTED, sign(";")), CLOSING]
        case "entry":
            return _entry_pieces(node, ranks, notation, ends)
    row = OPERATORS[node.operator]
    if row.is_juxtaposed and row.glyph_of_arrays:
        return row.latex_precedence, _product_pieces(node, row, ranks)
    if row.kind == "reduction":
        return _reduction_pieces(node, row, ends)
    sizes = [_size_pieces(size) for size in _sizes(node)]
    return row.latex_precedence, _fill(template_pieces(row.latex), _operands(node), sizes, LISTED)


def _reduction_pieces(node: Tree, row: Operator, ends: Ends) -> tuple[int, Sequence[Piece | Argument]]:
    """Return a reduction: one that binds like a sum with its bounds below and above, all others with them below."""
    head = sign(row.latex)
    bounds = [_bounds(binding, ends) for binding in node.data]
    condition: list[Any] = [Argument(node.arguments[1], 0)] if len(node.arguments) > 1 else []
    if row.latex_precedence == SUM and not condition:
        signs = [
            [head, *script(BELOW, [*name, sign("="), *first]), *script(ABOVE, last)] for name, first, last in bounds
        ]
        return SUM, [*_listed(signs, [SPACE]), SPACE, Argument(node.arguments[0], PRODUCT)]
    within = [SPACE, sign(r"\le"), SPACE]
    ranges = [[*first, *within, *name, *within, *last] for name, first, last in bounds]
    below = script(BELOW, _listed([*ranges, *([condition] if condition else [])], [_COMMA, sign(r"\,"), SPACE]))
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
    return _listed([_listed(place, [sign(":")]) for place in places], LISTED)


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
    first, last = (_sum_pieces(end, (), ends) for end in binding.ends)
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


def equation_pieces(
    sides: tuple[Expr, Expr], rank: Rank, ends: Ends, notation: str = "book"
) -> tuple[list[Piece], list[Piece]]:
    """Return both sides of an equation of a circuit."""
    left, right = (list(latex_pieces(_with_axes(side, ends, {}), rank, notation, ends)) for side in sides)
    return left, right


def equations_latex(equations: Sequence[tuple[Expr, Expr]], rank: Rank, ends: Ends, notation: str = "book") -> str:
    """Return equations in LaTeX, aligned at their equals signs where there are several."""
    equals = " = " if len(equations) == 1 else " &= "
    lines = [equals.join(map(joined, equation_pieces(sides, rank, ends, notation))) for sides in equations]
    if len(lines) == 1:
        return lines[0]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"
