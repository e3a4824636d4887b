"""How names, indices and expressions are written as text, which is that of the language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache

from unfoldgraph.algebra.digits import number_level, number_text
from unfoldgraph.algebra.expression import (
    BY_VALUE,
    Binding,
    Expr,
    Index,
    SizeArgument,
    SizeSum,
    Slice,
    Tree,
    sum_of_size,
    written_size,
)
from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.pieces import Hole
from unfoldgraph.algebra.possible_reads import may_be_read
from unfoldgraph.algebra.printer import (
    Argument,
    but_for,
    call_arguments,
    fill,
    operands_as_written,
    separated,
    sizes_as_given,
    write,
    write_with_holes,
)
from unfoldgraph.algebra.table.operator_row import ATOM, CONDITIONAL, POSTFIX
from unfoldgraph.base.affine import (
    Affine,
    axis_of_length,
    end_here,
    end_name,
    is_index,
    is_size,
    length_name,
    plain_name,
)
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.limits import TEXT_NODES
from unfoldgraph.base.names import ACCENTS, GREEK, MARKS, apart

_TEMPLATE_PART = re.compile(r"<(\d+)\|(\d+)>|<(\*)>")


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
    for name, factor in terms_in_order(form, names):
        sign = "-" if factor < 0 else "+" if written else ""
        multiple = "" if abs(factor) == 1 else f"{abs(factor)}*"
        axis = axis_of_length(name)
        own = "end" if name == end_name() else f"end({shown(axis)})" if axis else shown(plain_name(name))
        written += f"{sign}{multiple}{own}" if name else f"{sign}{abs(factor)}"
    return written or "0"


def terms_in_order(form: Affine, names: Sequence[str]) -> list[tuple[str, int]]:
    """Return the terms of a sum as one writes them: what is added first, and as it was written; "" is the constant."""

    def rank(term: tuple[str, int]) -> tuple[bool, int, bool, bool, str]:
        name, factor = term
        place = names.index(name) if name in names else len(names)
        return factor < 0, place, not is_index(name), is_size(name), name

    if "" in names and form.constant < 0:
        # It was taken away before something else was.
        return sorted([*form.terms, ("", form.constant)], key=rank)
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
    if not index:
        return named(name)
    places = ", ".join(index)
    before, after = around_places(notation, is_word=notation == "subscript" and bool(re.fullmatch(r"\w+", places)))
    return f"{named(name)}{before}{places}{after}"


def around_places(notation: str, is_word: bool) -> tuple[str, str]:
    """Return what stands before and after the places of a name; in subscripts one word, such as a number, is bare.

    >>> around_places("book", True), around_places("subscript", True), around_places("subscript", False)
    (('(', ')'), ('_', ''), ('_{', '}'))
    """
    if notation == "subscript":
        return ("_", "") if is_word else ("_{", "}")
    return ("[", "]") if notation == "bracket" else ("(", ")")


def text(expression: Tree, notation: str = "book", named: Callable[[str], str] = shown) -> str:
    """Return an expression as the language writes it; ``named`` says how names are.

    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> text(Expr("neg", (Expr("pow", (Expr("parameter", (), "theta"), number(2))),)))
    '-θ**2'
    """
    return "".join(write(expression, lambda node: _text_pieces(node, notation, named), "(", ")"))


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
    return write(expression, but_for(is_open, lambda node: _text_pieces(node, notation, named)), "(", ")")


def text_with_holes(
    expression: Expr, is_hole: Callable[[Expr], bool], notation: str = "book"
) -> tuple[int, Iterator[str | Argument]]:
    """Return how tightly an expression binds, and its text in parts, in which something else may fill each hole.

    >>> from unfoldgraph.algebra.expression import Expr, number, parameter
    >>> root = Expr("neg", (Expr("pow", (parameter("a"), number(2))),))
    >>> binds, parts = text_with_holes(root, lambda node: node.operator == "parameter")
    >>> [part if isinstance(part, str) else part.level > binds for part in parts]
    ['-', True, '**', '2']
    """

    def pieces(node: Expr) -> tuple[int, Sequence[str | Argument]]:
        return _text_pieces(node, notation, shown)

    return pieces(expression)[0], write_with_holes(expression, pieces, "(", ")", is_hole)


def brief(expression: Tree, width: int = 40) -> str:
    """Return an expression as text, cut to a width; costs no more than the width, however large it is."""
    written = ""
    for piece in write(expression, lambda node: _text_pieces(node, "book", shown), "(", ")"):
        written += piece
        if len(written) > width:
            return written[: width - 3] + "..."
    return written


def require_writable(expression: Tree) -> None:
    """Raise a `CircuitError` for an expression that is small only because its parts are shared."""
    what = "written out, this equation has {} operations and names"
    require_within(written_size(expression), TEXT_NODES, what, "name the shared parts")


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


def _size_text(one: SizeArgument) -> str:
    return sum_text(sum_of_size(one), one.names if isinstance(one, SizeSum) else ())


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


def range_text(binding: Binding) -> str:
    """Return a range behind an equation, in which `end` is that of the index whose range it is.

    >>> from unfoldgraph.base.affine import length, whole
    >>> range_text(Binding("t", whole(2), length("t")))
    't in 2..end'
    """
    return binding_text(binding.at({length_name(binding.name): end_here()}))


def ranges_text(ranges: Iterable[Binding]) -> str:
    """Return the ranges behind an equation, with the word before them; nothing where there are none.

    >>> from unfoldgraph.base.affine import length, whole
    >>> ranges_text([Binding("t", whole(2), length("t"))]), ranges_text([])
    (' for t in 2..end', '')
    """
    written = ", ".join(map(range_text, ranges))
    return f" for {written}" if written else ""


def _computed_pieces(node: Tree, opening: str, closing: str) -> list[str | Argument]:
    """Return what stands in the brackets of a read or an entry of which some is computed."""
    places = node.data[1] if node.operator == "read" else node.data
    written: list[list[str | Argument]] = []
    for place in places:
        if isinstance(place, Index) and place.base == BY_VALUE:
            written.append([Argument(node.arguments[place.offset], 0)])
        else:
            written.append([entry_text([place])[1:-1]])
    return [opening, *separated(written, [", "]), closing]


def _text_pieces(node: Tree, notation: str, named: Callable[[str], str]) -> tuple[int, Sequence[str | Argument]]:
    """Return how tightly a node binds as text, and its pieces."""
    match node.operator:
        case "number":
            return number_level(node.data), [number_text(node.data)]
        case "read" if node.arguments:
            opening, closing = around_places(notation, is_word=False)
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
            return ATOM, [f"{named(node.data[0])}(", *call_arguments(node, [", "], "; "), closing]
        case "defined":
            return ATOM, [f"{named(node.data)}(", *call_arguments(node, [", "], "; "), ")"]
        case "entry":
            return POSTFIX, [Argument(node.arguments[0], POSTFIX), *_computed_pieces(node, "[", "]")]
    row = OPERATORS[node.operator]
    if row.kind == "reduction":
        bindings = ", ".join(map(binding_text, node.data))
        condition: list[str | Argument]
        condition = [" if ", Argument(node.arguments[1], CONDITIONAL + 1)] if len(node.arguments) > 1 else []
        return ATOM, [f"{row.spelling}(", Argument(node.arguments[0], 0), f" for {bindings}", *condition, ")"]
    sizes = [[_size_text(size)] for size in sizes_as_given(node)]
    return row.precedence, fill(_parts(row.text), operands_as_written(node), sizes, [", "])
