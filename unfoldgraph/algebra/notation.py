"""How names, indices and expressions are written, as text and as LaTeX.

Both are one walk with a stack of its own: an operator's template from the table says what stands between
its arguments and which of them need parentheses. So a chain of 100,000 operations prints like one of ten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from unfoldgraph.algebra.expression import Binding, Expr, Index, Node, Slice, postorder, written_size
from unfoldgraph.algebra.operators import ATOM, NEGATIVE, OPERATORS, POSTFIX, POWER, PRODUCT, SUM, is_reduction
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.limits import DIGITS, NAME_CHARACTERS, TEXT_NODES

#: What an expression consists of when written: text, or an argument and how tightly it has to bind.
Piece = str | tuple[Any, int]
#: Which rank a name has: 0, 1, 2, …, or None where it is unknown.
Rank = Callable[[str], int | None]

_GREEK_WORDS = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
)  # fmt: skip
_SMALL = "αβγδεζηθικλμνξοπρστυφχψω"
_CAPITAL = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"
GREEK: dict[str, str] = {
    **dict(zip(_GREEK_WORDS, _SMALL, strict=True)),
    **{word.capitalize(): letter for word, letter in zip(_GREEK_WORDS, _CAPITAL, strict=True)},
}
"""Greek letters by the words that stand for them."""
_WORD_OF = {letter: word for word, letter in GREEK.items()} | {"ς": "sigma"}
#: Capitals that look like Latin ones have no command in LaTeX.
_NO_COMMAND = {
    "omicron": "o", "Alpha": "A", "Beta": "B", "Epsilon": "E", "Zeta": "Z", "Eta": "H", "Iota": "I", "Kappa": "K",
    "Mu": "M", "Nu": "N", "Omicron": "O", "Rho": "P", "Tau": "T", "Chi": "X",
}  # fmt: skip
#: An integer that ends in more zeros than this, after no more other digits, is written with an exponent.
_ZEROS = 15
_EXACT = Context(prec=4 * DIGITS)
#: What a place may be computed by: whatever gives whole numbers from whole numbers.
_OF_PLACES = (
    {row.name for row in OPERATORS.values() if row.kind in ("infix", "prefix", "conditional") and row.name != "matmul"}
    | {"floor", "abs", "sign", "minimum", "maximum"}
    | {"number", "size", "parameter", "argument", "axis", "variable", "end", "length", "read", "entry"}
)
_TEMPLATE_PART = re.compile(r"<(\d+)\|(\d+)>|<(\*)>")


@lru_cache(maxsize=10_000)
def canonical(name: str) -> str:
    """Return the one spelling of a name: `θ` and `theta` are the same.

    >>> canonical("θ"), canonical("θ_1"), canonical("W_f")
    ('theta', 'theta_1', 'W_f')
    """
    parts = [re.fullmatch(r"(.)(\d*)", part) for part in name.split("_")]
    return "_".join(
        _WORD_OF.get(match[1], match[1]) + match[2] if match else part
        for part, match in zip(name.split("_"), parts, strict=True)
    )


def name_characters(name: str) -> int:
    """Return how many characters a name has, however it is spelled: `θ` is as long as `theta`.

    >>> name_characters("θ_1"), name_characters("theta_1")
    (7, 7)
    """
    # The canonical spelling is never the shorter one.
    return len(name) if len(name) > NAME_CHARACTERS else len(canonical(name))


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


def latex_name(name: str, rank: int | None = 0) -> tuple[str, str]:
    r"""Return the base and the subscript of a name in LaTeX; bold unless it is a scalar.

    >>> latex_name("b_f", 1), latex_name("theta1"), latex_name("loss")
    (('\\boldsymbol{b}', 'f'), ('\\theta', '1'), ('\\mathrm{loss}', ''))
    """
    head, _, tail = name.partition("_")
    match = re.fullmatch(r"(.*?)(\d*)", head)
    letters, digits = (match[1], match[2]) if match else (head, "")
    base = _latex_word(letters or head)
    if rank != 0:
        base = rf"\boldsymbol{{{base}}}"
    subscripts = [digits if letters else "", *(_latex_subscript(part) for part in tail.split("_"))]
    return base, ",".join(filter(None, subscripts))


def _latex_word(word: str) -> str:
    """Return letters that stand for one thing."""
    word = _WORD_OF.get(word, word)
    if word in GREEK:
        return _NO_COMMAND.get(word, rf"\{word}")
    word = "".join(rf"\{_WORD_OF[letter]} " if letter in _WORD_OF else letter for letter in word).strip()
    return word if len(word) == 1 or word.startswith("\\") else rf"\mathrm{{{word}}}"


def _latex_subscript(part: str) -> str:
    match = re.fullmatch(r"(.*?)(\d*)", part)
    letters, digits = (match[1], match[2]) if match else (part, "")
    return (_latex_word(letters) if letters else "") + digits


def number_text(value: int | Fraction | str) -> str:
    """Return an exact constant as text; `inf` and `nan` are strings already.

    >>> number_text(55), number_text(Fraction(1, 10)), number_text(Fraction(1, 3)), number_text(Fraction(1, 10**7))
    ('55', '0.1', '1/3', '1e-7')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        # Unlike str, Decimal has no limit on the digits of an integer.
        written = str(value) if value.bit_length() < 10_000 else f"{Decimal(value):f}"
        digits = written.rstrip("0")
        zeros = len(written) - len(digits)
        return f"{digits}e{zeros}" if zeros > _ZEROS and len(digits) <= _ZEROS else written
    if 1e-300 < abs(value) < 1e300 and Fraction(repr(float(value))) == value:
        written = re.sub(r"e([+-])0*", lambda sign: "e" + sign[1].strip("+"), repr(float(value)))
        return re.sub(r"\.0(?=e|$)", "", written)
    return _decimal(value) or f"{number_text(value.numerator)}/{number_text(value.denominator)}"


def _decimal(value: Fraction) -> str | None:
    """Return a fraction as a decimal that a source may hold; None where it has none."""
    rest = value.denominator
    # A number in a source has no more places than its digits and its exponent give it.
    if rest.bit_length() > 8 * DIGITS:
        return None
    twos = (rest & -rest).bit_length() - 1
    rest, fives = rest >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    digits = value.numerator * 10**places // value.denominator
    if rest > 1 or abs(digits) >= 10**DIGITS:
        return None
    return str(Decimal(digits).scaleb(-places, _EXACT)).replace("E", "e")


def number_level(value: int | Fraction | str) -> int:
    """Return how tightly a constant binds when it is written."""
    written = number_text(value)
    return PRODUCT if "/" in written else NEGATIVE if written.startswith("-") else ATOM


def index_text(place: Index) -> str:
    """Return one place of an index.

    >>> index_text(Index("t", -1)), index_text(Index("end")), index_text(Index("", 0))
    ('t-1', 'end', '0')
    >>> index_text(Index("t", 0, False, (("j", -1),)))
    't-j'
    """
    written = shown(place.base)
    for name, sign in place.variables:
        written += ("+" if sign > 0 else "-") * (bool(written) or sign < 0) + shown(name)
    if place.offset or not written:
        written += f"{place.offset:+d}" if written else str(place.offset)
    return written


def read_text(name: str, index: Sequence[Index], notation: str = "book") -> str:
    """Return a read as text: `h(t-1)`, or `h_t-1` in subscripts, or `h[t-1]`."""
    return place_text(name, [index_text(place) for place in index], notation)


def place_text(name: str, index: Sequence[str], notation: str = "book") -> str:
    """Return a name at a place as text."""
    places = ", ".join(index)
    if not index:
        return shown(name)
    if notation == "subscript":
        return f"{shown(name)}_{places}" if re.fullmatch(r"\w+", places) else f"{shown(name)}_{{{places}}}"
    return f"{shown(name)}[{places}]" if notation == "bracket" else f"{shown(name)}({places})"


def place_latex(name: str, index: Sequence[str], rank: int | None, notation: str = "book", entry: str = "") -> str:
    r"""Return a name at a place in LaTeX: the index in raised parentheses, as the book writes it.

    An entry of it joins its subscript, since LaTeX allows a letter one.

    >>> place_latex("h", ["t-1"], 1)
    '\\boldsymbol{h}^{(t-1)}'
    >>> place_latex("b_f", [], 1, entry="0")
    '\\boldsymbol{b}_{f,0}'
    """
    base, subscript = latex_name(name, rank)
    places = ", ".join(index)
    if index and notation == "subscript":
        subscript = ", ".join(part for part in (subscript, places) if part)
        index = ()
    subscript = ",".join(part for part in (subscript, entry) if part)
    below = f"_{{{subscript}}}" if subscript else ""
    if not index:
        return base + below
    return f"{base}{below}[{places}]" if notation == "bracket" else f"{base}{below}^{{({places})}}"


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
    >>> ends.symbol("t"), ends.symbol("u")
    ('\\tau', '\\tau_{u}')
    """

    axes_of: Callable[[str], Sequence[str]]
    length_of: Mapping[str, str]

    def symbol(self, axis: str) -> str:
        """Return the last place of an axis."""
        own = self.length_of.get(axis)
        if own == self.length_of.get("t") or len(set(self.length_of.values())) < 2:
            return r"\tau"
        return rf"\tau_{{{name_latex(own or axis)}}}"

    def of_read(self, name: str, index: Sequence[Index]) -> list[str]:
        """Return the places of a read."""
        axes = self.axes_of(name) or [""] * len(index)
        return [_index_latex(place, self.symbol(axis)) for place, axis in zip(index, axes, strict=True)]

    def axis_of(self, name: str, body: Node) -> str:
        """Return the axis that a name bound around an expression runs over: that of what is read by it."""

        def hides(node: Node) -> bool:
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
                binding
                if binding.first is not None
                else binding._replace(axis=ends.axis_of(binding.name, *node.arguments))
                for binding in node.data
            ]
            inner = {**scope, **{binding.name: binding.axis for binding in bindings}}
            made[id(node)] = Expr(node.operator, (_with_axes(node.arguments[0], ends, inner),), tuple(bindings))
        elif node.operator == "length":
            made[id(node)] = Expr("length", (), scope.get(node.data, node.data))
        else:
            made[id(node)] = Expr(node.operator, tuple(made[id(one)] for one in node.arguments), node.data)
    return made[id(root)]


def _index_latex(place: Index, end: str) -> str:
    """Return one place of an index in LaTeX, `end` for the last."""
    if place.base == "end":
        return f"{end} {place.offset:+d}" if place.offset else end
    name = name_latex(place.base) if place.base else ""
    written = name
    for variable, sign in place.variables:
        written += ("+" if sign > 0 else "-") * (bool(written) or sign < 0) + name_latex(variable)
    if place.offset or not written:
        written += f"{place.offset:+d}" if written else str(place.offset)
    return written


def name_latex(name: str) -> str:
    """Return a name in LaTeX, what stands behind its `_` as a subscript."""
    base, subscript = latex_name(name)
    return f"{base}_{{{subscript}}}" if subscript else base


def text(expression: Node, notation: str = "book") -> str:
    """Return an expression as the language writes it.

    >>> from unfoldgraph.algebra.expression import Expr, number
    >>> text(Expr("neg", (Expr("pow", (Expr("parameter", (), "theta"), number(2))),)))
    '-θ**2'
    """
    return _write(expression, lambda node: _text_pieces(node, notation), "(", ")")


def latex(expression: Node, rank: Rank = lambda name: 0, notation: str = "book", ends: Ends | None = None) -> str:
    """Return an expression in LaTeX; `rank` tells which names are vectors and matrices, `ends` where axes end."""
    ranks = RankOf(rank)
    known = ends or Ends(lambda name: (), {})
    return _write(expression, lambda node: _latex_pieces(node, ranks, notation, known), r"\left(", r"\right)")


def brief(expression: Node, width: int = 40) -> str:
    """Return an expression as text, cut to a width; costs no more than the width, however large it is."""
    written = _write(expression, lambda node: _text_pieces(node, "book"), "(", ")", width + 1)
    return written if len(written) <= width else written[: width - 3] + "..."


def require_writable(expression: Node) -> None:
    """Raise a `CircuitError` for an expression that is small only because its parts are shared."""
    what = "written out, this equation has {} operations and names"
    require_within(written_size(expression), TEXT_NODES, what, "name the shared parts")


def _write(
    root: Node,
    pieces: Callable[[Any], tuple[int, list[Piece]]],
    opening: str,
    closing: str,
    width: int | None = None,
) -> str:
    """Put the pieces of an expression one after the other, with the parentheses that are needed."""
    written: list[str] = []
    stack: list[Piece] = [(root, 0)]
    while stack and (width is None or width > 0):
        piece = stack.pop()
        if isinstance(piece, str):
            written.append(piece)
            width = None if width is None else width - len(piece)
            continue
        node, level = piece
        binds, parts = pieces(node)
        if binds < level:
            stack.append(closing)
        stack.extend(reversed(parts))
        if binds < level:
            stack.append(opening)
    return "".join(written)


@cache
def _parts(template: str) -> tuple[str | tuple[int, int], ...]:
    """Split a template; an argument is its position and the level it needs, -1 for all of them."""
    found: list[str | tuple[int, int]] = []
    end = 0
    for match in _TEMPLATE_PART.finditer(template):
        found.append(template[end : match.start()])
        found.append((-1, 0) if match[3] else (int(match[1]), int(match[2])))
        end = match.end()
    found.append(template[end:])
    return tuple(part for part in found if part)


def _fill(template: str, arguments: Sequence[Any], extra: Sequence[str] = ()) -> list[Piece]:
    """Return the pieces of a template; `extra` are further arguments that are text already."""
    pieces: list[Piece] = []
    for part in _parts(template):
        if isinstance(part, str):
            pieces.append(part)
        elif part[0] >= 0:
            pieces.append((arguments[part[0]], part[1]))
        else:
            pieces += _listed([*((argument, 0) for argument in arguments), *extra])
    return pieces


def _listed(items: Sequence[Piece], separator: str = ", ") -> list[Piece]:
    """Return the items with a separator between them."""
    pieces: list[Piece] = []
    for item in items:
        pieces += [separator, item] if pieces else [item]
    return pieces


def may_be_read(arguments: Sequence[Node]) -> bool:
    """Say whether what is called with these arguments could be read at them: `x(2*t)`, `x(t - d(t))`, `W(k)`.

    Each could be a place, by whole numbers and what is computed of them, and one moves with an axis, with its end or
    with an index that is bound. What is made of values alone, as in `f(h(t-1), t)`, is no place.
    """
    moves = False
    for argument in arguments:
        # What is no place is not looked into, so that of functions in one another each is looked at once.
        found = {node.operator for node in postorder([argument], stop=lambda node: node.operator not in _OF_PLACES)}
        if not found <= _OF_PLACES:
            return False
        is_moved = not found.isdisjoint({"axis", "variable", "length", "end"})
        if not is_moved and not found.isdisjoint({"read", "entry"}):
            return False
        moves |= is_moved
    return moves


def _call_pieces(node: Node, opening: str, closing: str) -> list[Piece]:
    """Return the arguments of an opaque function, the shared parameters after a semicolon."""
    positional = node.data[1]
    pieces = _listed([(argument, 0) for argument in node.arguments[:positional]])
    shared = _listed([(argument, 0) for argument in node.arguments[positional:]])
    return [opening, *pieces, *(["; ", *shared] if shared else []), closing]


def _sizes(node: Node, write: Callable[[str], str]) -> list[str]:
    """Return the sizes that a row keeps as data, as they were given."""
    row = OPERATORS.get(node.operator)
    if row is None or row.sizes == 0:
        return []
    sizes = node.data[:1] if node.operator == "eye" and len(set(node.data)) == 1 else node.data
    return [write(size) if isinstance(size, str) else str(size) for size in sizes]


def _entry(items: Sequence[Index | Slice], write: Callable[[Index], str]) -> str:
    """Return what stands between the brackets of an entry."""
    return ", ".join(
        ":".join("" if bound is None else write(bound) for bound in item) if isinstance(item, Slice) else write(item)
        for item in items
    )


def _binding_text(binding: Binding) -> str:
    name = shown(binding.name)
    return name if binding.first is None else f"{name} in {binding.first}..{binding.last}"


def _text_pieces(node: Node, notation: str) -> tuple[int, list[Piece]]:
    """Return how tightly a node binds as text, and its pieces."""
    match node.operator:
        case "number":
            return number_level(node.data), [number_text(node.data)]
        case "read":
            name, index = node.data
            return ATOM, [read_text(name, index, notation)]
        case "parameter" | "size" | "variable" | "argument":
            return ATOM, [shown(node.data)]
        case "axis":
            return ATOM, [shown(node.data[0])]
        case "end":
            return ATOM, ["end"]
        case "length":
            return ATOM, [f"end({shown(node.data)})"]
        case "call":
            # A semicolon with nothing behind it tells a call from a read.
            closing = ";)" if len(node.arguments) == node.data[1] and may_be_read(node.arguments) else ")"
            return ATOM, _call_pieces(node, f"{shown(node.data[0])}(", closing)
        case "defined":
            return ATOM, [f"{shown(node.data)}(", *_listed([(argument, 0) for argument in node.arguments]), ")"]
        case "entry":
            return POSTFIX, [(node.arguments[0], POSTFIX), f"[{_entry(node.data, index_text)}]"]
    row = OPERATORS[node.operator]
    if row.kind == "reduction":
        bindings = ", ".join(_binding_text(binding) for binding in node.data)
        return ATOM, [f"{row.spelling}(", (node.arguments[0], 0), f" for {bindings})"]
    return row.precedence, _fill(row.text, node.arguments, _sizes(node, shown))


def _latex_pieces(node: Node, ranks: RankOf, notation: str, ends: Ends) -> tuple[int, list[Piece]]:
    """Return how tightly a node binds in LaTeX, and its pieces."""
    match node.operator:
        case "number":
            written = _latex_number(node.data)
            # A power of ten is written as a product; a fraction needs parentheses only as a base.
            level = POWER if written.startswith(r"\frac") else PRODUCT if r"\cdot" in written else ATOM
            return NEGATIVE if written.startswith("-") else level, [written]
        case "read":
            name, index = node.data
            written = place_latex(name, ends.of_read(name, index), ranks.of_name(name), notation)
            return (POWER if index and notation == "book" else ATOM), [written]
        case "parameter" | "argument":
            return ATOM, [place_latex(node.data, [], ranks.of_name(node.data))]
        case "size" | "variable":
            return ATOM, [name_latex(node.data)]
        case "axis":
            return ATOM, [name_latex(node.data[0])]
        case "length":
            return ATOM, [ends.symbol(node.data)]
        case "call":
            return ATOM, _call_pieces(node, name_latex(node.data[0]) + r"\left(", r"\right)")
        case "defined":
            listed = _listed([(argument, 0) for argument in node.arguments])
            return ATOM, [name_latex(node.data) + r"\left(", *listed, r"\right)"]
        case "entry":
            return ATOM, _entry_pieces(node, ranks, notation, ends)
        case "mul":
            return PRODUCT, _product_pieces(node, ranks)
    row = OPERATORS[node.operator]
    if row.kind == "reduction":
        if row.latex in {r"\sum", r"\prod"}:
            bounds = [_latex_bounds(binding, ends) for binding in node.data]
            signs = " ".join(f"{row.latex}_{{{name}={first}}}^{{{last}}}" for name, first, last in bounds)
            return SUM, [signs, " ", (node.arguments[0], PRODUCT)]
        below = r",\, ".join(
            rf"{first} \le {name} \le {last}"
            for name, first, last in (_latex_bounds(binding, ends) for binding in node.data)
        )
        return ATOM, [f"{row.latex}_{{{below}}}", r"\left(", (node.arguments[0], 0), r"\right)"]
    return row.latex_precedence, _fill(row.latex, node.arguments, _sizes(node, name_latex))


def _entry_pieces(node: Node, ranks: RankOf, notation: str, ends: Ends) -> list[Piece]:
    """Return an entry with one subscript, for LaTeX has no second: b_1[0] is b with 1,0 below, and so is b[1][0].

    What is left of a slice counts its own entries, so it stands in parentheses.
    """
    written = _entry_latex(node)
    (of,) = node.arguments
    while of.operator == "entry" and not any(isinstance(item, Slice) for item in of.data):
        written = f"{_entry_latex(of)},{written}"
        (of,) = of.arguments
    match of.operator:
        case "parameter" | "argument":
            return [place_latex(of.data, [], ranks.of_name(of.data), notation, written)]
        case "read" if notation == "subscript" or not of.data[1]:
            # A signal has its places in all its reads, so those of its entries cannot be taken for them.
            name, index = of.data
            return [place_latex(name, ends.of_read(name, index), ranks.of_name(name), notation, written)]
        case "entry":
            return [r"\left(", (of, 0), rf"\right)_{{{written}}}"]
    return [(of, ATOM), f"_{{{written}}}"]


def _entry_latex(node: Node) -> str:
    # That `end` cannot count entries is an error where it is read.
    return _entry(node.data, lambda place: _index_latex(place, ""))


def _product_pieces(node: Node, ranks: RankOf) -> list[Piece]:
    """Return a product entry by entry as ⊙, of scalars side by side, before a digit with a dot."""
    left, right = node.arguments
    if ranks(left) and ranks(right):
        sign = r" \odot "
    else:
        first = right
        while first.arguments and first.operator in {"pow", "matmul", "mul"}:
            first = first.arguments[0]
        sign = r" \cdot " if first.operator == "number" else r" \, "
    return [(left, PRODUCT), sign, (right, PRODUCT + 1)]


def _latex_bounds(binding: Binding, ends: Ends) -> tuple[str, str, str]:
    """Return the name that a reduction binds, its first value and its last."""
    name = name_latex(binding.name)
    if binding.first is None:
        return name, "1", ends.symbol(binding.axis)
    return name, str(binding.first), str(binding.last)


def _latex_number(value: int | Fraction | str) -> str:
    """Return a constant in LaTeX: powers of ten and fractions spelled out."""
    if isinstance(value, str):
        return {"inf": r"\infty", "-inf": r"-\infty"}.get(value, r"\mathrm{nan}")
    written = number_text(value)
    if "/" in written:
        sign = "-" if written.startswith("-") else ""
        numerator, denominator = written.lstrip("-").split("/")
        return rf"{sign}\frac{{{numerator}}}{{{denominator}}}"
    mantissa, _, exponent = written.partition("e")
    return rf"{mantissa} \cdot 10^{{{exponent}}}" if exponent else mantissa


@dataclass(slots=True)
class RankOf:
    """The rank of an expression, as far as writing a product needs to know it."""

    of_name: Rank
    known: dict[int, tuple[Any, int | None]]

    def __init__(self, of_name: Rank) -> None:
        self.of_name = of_name
        self.known = {}

    def __call__(self, root: Node) -> int | None:
        """Return the rank of an expression; None where it is not known."""
        stack: list[Any] = [root]
        while stack:
            node = stack[-1]
            if id(node) in self.known:
                stack.pop()
                continue
            missing = [argument for argument in node.arguments if id(argument) not in self.known]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            # The node is kept beside its rank, so that its identity cannot be taken by another.
            self.known[id(node)] = node, self._rank(node, [self.known[id(a)][1] for a in node.arguments])
        return self.known[id(root)][1]

    def _rank(self, node: Any, arguments: list[int | None]) -> int | None:
        match node.operator:
            case "read":
                return self.of_name(node.data[0])
            case "parameter" | "argument":
                return self.of_name(node.data)
            case "matmul":
                left, right = arguments
                return None if left is None or right is None else left + right - 2
            case "entry":
                (rank,) = arguments
                return None if rank is None else rank - sum(isinstance(item, Index) for item in node.data)
            case "call" | "defined":
                return None
            case "outer":
                return 2
            case "stack":
                return None if arguments[0] is None else arguments[0] + 1
            case "one_hot":
                return 1
            case "zeros" | "ones" | "eye":
                return len(node.data)
            case "sum" | "prod" | "mean" | "max" | "min" | "argmax" | "dot" | "norm" | "det":
                return 0
            case "solve":
                return arguments[1]
        return None if None in arguments else max((rank for rank in arguments if rank is not None), default=0)


def equations_latex(
    equations: Sequence[tuple[str, Sequence[Index], Expr]], rank: Rank, ends: Ends, notation: str = "book"
) -> str:
    """Return equations in LaTeX, aligned at their equals signs where there are several."""
    sign = " = " if len(equations) == 1 else " &= "
    lines = [
        place_latex(name, ends.of_read(name, index), rank(name), notation)
        + sign
        + latex(_with_axes(right, ends, {}), rank, notation, ends)
        for name, index, right in equations
    ]
    if len(lines) == 1:
        return lines[0]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"
