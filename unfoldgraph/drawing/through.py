"""What each edge goes through: the parameter or the opaque function that its label names.

`P @ u(…)` labels the edge from u with P, where P is made of parameters alone, and so does `P @ (r(t) * u(…))`
for each edge that goes through nothing else before. An opaque function labels the delayed edges of its
arguments, all of them if none is delayed. Everything else, scale factors and biases and gates among it,
carries no label: the edge does not go through one thing that has a name.

W, U and V stand in italics beside the upright bold letters of the vectors, though they are matrices: so they do on
the edges of figure 10.3 of Deep Learning, which pictures here are to be read beside. Formulas have them in bold where
the book's have.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from unfoldgraph.equations import Model, Read, Statement
from unfoldgraph.expression import Expr, Index, postorder
from unfoldgraph.notation import latex, shown, text

__all__ = ["Through", "factors_of", "labels_of", "weights_of"]

# What a matrix on an edge may be made of.
_SHARED = frozenset({"parameter", "number", "transpose", "entry", "matmul", "mul", "add", "sub", "neg"})


class Through(NamedTuple):
    """A label, as LaTeX and as text."""

    latex: str
    text: str


class _Carried(NamedTuple):
    """A sub-expression that is one read alone, perhaps with matrices before and after it."""

    read: Expr
    before: tuple[Expr, ...] = ()
    after: tuple[Expr, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether there is no matrix."""
        return not (self.before or self.after)


def weights_of(model: Model) -> frozenset[str]:
    """Return the inputs that are drawn like parameters: as labels, or as biases not at all.

    They are matrices that every reader multiplies by at its own place and that are the same along another axis of
    it: the weights `W(l)` of each layer of a network that also runs over time. With them go the vectors over the
    same axes that all readers of a layer add.

    >>> from unfoldgraph.language.text import read
    >>> model = read("W(l) : (m, m); b(l), h(l, t) : m; h(l, t) = tanh(b(l) + W(l) @ h(l-1, t))")
    >>> sorted(weights_of(model))
    ['W', 'b']
    """
    own = {name: axes for name, axes in model.inputs.items() if axes and all(_is_shared(model, name))}
    matrices = {name for name in own if model.rank(name) == 2 and _only_as(model, name, "matmul")}
    layers = {own[name] for name in matrices}
    biases = {
        name for name, axes in own.items() if axes in layers and model.rank(name) == 1 and _only_as(model, name, "add")
    }
    return frozenset(matrices | biases)


def _is_shared(model: Model, name: str) -> Iterator[bool]:
    """Yield for each read of an input whether it is at the place of its reader, which has more axes."""
    for statement in model.statements:
        for read in statement.reads:
            if read.name == name:
                moved = all(at.moves and not at.bound and not at.offset for at in read.index)
                yield moved and len(statement.axes) > len(read.index)


def _only_as(model: Model, name: str, operator: str) -> bool:
    """Say whether an input is read as an operand of one operator everywhere."""
    for statement in model.statements:
        for node in postorder([statement.value]):
            for argument in node.arguments:
                if argument.operator == "read" and argument.data[0] == name and node.operator != operator:
                    return False
    return True


def labels_of(
    statement: Statement,
    is_delayed: Callable[[Read], bool],
    weights: Collection[str] = (),
    notation: str = "book",
) -> dict[tuple[str, tuple[Index, ...]], Through]:
    """Return the label of each read of a statement that has one, by name and index; ``weights`` are labels too.

    The LaTeX is in a notation of `notation.NOTATIONS`, the text as in the equations.

    >>> from unfoldgraph.language.text import read
    >>> model = read("h(t) = tanh(W @ h(t-1) + U.T @ x(t) + b)")
    >>> [label.latex for label in labels_of(model.statements[0], lambda r: True).values()]
    ['W', 'U^{\\\\top}']
    """
    found: dict[tuple[str, tuple[Index, ...]], dict[Through, None]] = {}
    shared: dict[int, bool] = {}
    carried: dict[int, _Carried | None] = {}
    unlabelled: dict[int, dict[Expr, None]] = {}
    delayed = {(read.name, read.index): is_delayed(read) for read in statement.reads}
    for node in postorder([statement.value]):
        is_weight = node.operator == "read" and node.data[0] in weights
        shared[id(node)] = is_weight or (
            node.operator in _SHARED and all(shared[id(argument)] for argument in node.arguments)
        )
        inside: dict[Expr, None] = {node: None} if node.operator == "read" and not is_weight else {}
        for argument in node.arguments:
            inside.update(unlabelled[id(argument)])
        alone = None if is_weight else _carried(node, shared, carried)
        if alone is not None and node.operator == "matmul" and not alone.is_plain:
            # Of A @ (B @ u) the outermost product is the whole label, so the inner one is taken back.
            inner = carried[id(node.arguments[0])] or carried[id(node.arguments[1])]
            if inner is not None and not inner.is_plain:
                found[alone.read.data].pop(_label(inner, notation), None)
            found.setdefault(alone.read.data, {})[_label(alone, notation)] = None
            inside.pop(alone.read, None)
        elif node.operator == "matmul" and inside and any(shared[id(argument)] for argument in node.arguments):
            (factor,) = (argument for argument in node.arguments if shared[id(argument)])
            for read in inside:
                found.setdefault(read.data, {})[_product((factor,), notation)] = None
            inside = {}
        elif node.operator == "call":
            moving = [read for read in inside if delayed.get(read.data, False)]
            name = node.data[0]
            for read in moving or list(inside):
                found.setdefault(read.data, {})[Through(_function(name), shown(name))] = None
            inside = {}
        carried[id(node)], unlabelled[id(node)] = alone, inside
    return {
        read: Through(", ".join(one.latex for one in labels), ", ".join(one.text for one in labels))
        for read, labels in found.items()
        if labels
    }


def factors_of(statement: Statement, vector: str, notation: str = "book") -> list[Through]:
    """Return the labels of what a statement reads of a vector that is a parameter: R of `R @ x`.

    >>> from unfoldgraph.language.text import read
    >>> [factor.text for factor in factors_of(read("x : n; h(t) = tanh(h(t-1) + R @ x)").statements[0], "x")]
    ['R']
    """
    found = [
        _product((node.arguments[0],), notation)
        for node in postorder([statement.value])
        if node.operator == "matmul" and _is_parameter(node.arguments[1], vector)
    ]
    return list(dict.fromkeys(found))


def _is_parameter(node: Expr, name: str) -> bool:
    return node.operator == "parameter" and node.data == name


def _carried(node: Expr, shared: dict[int, bool], carried: dict[int, _Carried | None]) -> _Carried | None:
    """Return the read that a node consists of, and the matrices it has been multiplied with."""
    if node.operator == "read":
        return _Carried(node)
    if node.operator in ("neg", "transpose"):
        return carried[id(node.arguments[0])]
    if node.operator not in ("matmul", "mul"):
        return None
    left, right = node.arguments
    if shared[id(left)] and (inner := carried[id(right)]) is not None:
        factor, before = left, True
    elif shared[id(right)] and (inner := carried[id(left)]) is not None:
        factor, before = right, False
    else:
        return None
    if node.operator == "mul":
        # A factor entry by entry is no matrix that the edge goes through.
        return inner
    return inner._replace(before=(factor, *inner.before)) if before else inner._replace(after=(*inner.after, factor))


def _label(alone: _Carried, notation: str) -> Through:
    """Return the matrices in the order written, with a dot where the read stands between them."""
    if not alone.before or not alone.after:
        return _product(alone.before or alone.after, notation)
    before, after = _product(alone.before, notation), _product(alone.after, notation)
    return Through(rf"{before.latex} \cdot {after.latex}", f"{before.text} · {after.text}")


def _product(factors: tuple[Expr, ...], notation: str) -> Through:
    product = factors[0]
    for factor in factors[1:]:
        product = Expr("matmul", (product, factor))
    return Through(latex(product, notation=notation), text(product))


def _function(name: str) -> str:
    return latex(Expr("parameter", (), name))
