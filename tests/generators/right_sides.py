"""Expressions of a wanted shape, drawn from what can be read where they stand.

A form is a text with `?` for each operand, and the operands' shapes; what can be read is a text too, by its shape. So a
new operator is one row here, and what a strategy of circuits hands in decides where its operands come from. Values stay
near 1: matrices are scaled, what is inverted is near the identity, and nothing overflows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

Shape = tuple[str, ...]
SCALAR: Shape = ()
VECTOR: Shape = ("m",)
OTHER: Shape = ("n",)
MATRIX: Shape = ("m", "m")
OBLONG: Shape = ("m", "n")
#: A scalar that is compared with 0: a read, whose sign no rounding changes.
SIGN: Shape = ("sign",)
Leaves = Mapping[Shape, Sequence[str]]
Form = tuple[str, tuple[Shape, ...]]
Table = Mapping[Shape, tuple[Form, ...]]

# fmt: off
FORMS: Table = {
    SCALAR: (
        ("? + ?", (SCALAR, SCALAR)), ("? - ?", (SCALAR, SCALAR)), ("? * ?", (SCALAR, SCALAR)), ("-?", (SCALAR,)),
        ("tanh(?)", (SCALAR,)), ("abs(?)", (SCALAR,)), ("max(?, ?)", (SCALAR, SCALAR)), ("?**2", (SCALAR,)),
        ("? / (1 + abs(?))", (SCALAR, SCALAR)), ("? if ? > 0 else ?", (SCALAR, SIGN, SCALAR)),
        ("sum(?)", (VECTOR,)), ("mean(?)", (VECTOR,)), ("max(?)", (VECTOR,)), ("argmax(?)", (VECTOR,)),
        ("norm(?)", (VECTOR,)), ("dot(?, ?)", (VECTOR, VECTOR)), ("? @ ?", (VECTOR, VECTOR)),
        ("prod(tanh(?))", (VECTOR,)), ("?[0]", (VECTOR,)), ("?[-1]", (VECTOR,)), ("?[m-1]", (VECTOR,)),
        ("sum(?[1:m])", (VECTOR,)), ("norm(?[:2])", (VECTOR,)), ("stack(?, ?)[1]", (SCALAR, SCALAR)),
        ("sum(?)", (OTHER,)), ("?[n-1]", (OTHER,)), ("dot(?[1:3], ?[0:2])", (OTHER, VECTOR)),
        ("sum(concat(?, ?))", (VECTOR, OTHER)), ("sum(outer(?, ?))", (VECTOR, OTHER)),
        ("?[0, -1]", (MATRIX,)), ("?[1][0]", (MATRIX,)), ("sum(?)", (MATRIX,)), ("min(?)", (MATRIX,)),
        ("sum(? * ones(m+n))", (SCALAR,)), ("logsumexp(?)", (VECTOR,)), ("arctan2(?, 2)", (SCALAR,)),
        ("clip(?, -1, ?)", (SCALAR, SCALAR)), ("det(0.3 * ?)", (MATRIX,)),
        ("sum(?[1:m, :2])", (MATRIX,)), ("?[-1, n-1]", (OBLONG,)),
    ),
    VECTOR: (
        ("? + ?", (VECTOR, VECTOR)), ("? - ?", (VECTOR, VECTOR)), ("? * ?", (VECTOR, VECTOR)),
        ("? * ?", (SCALAR, VECTOR)), ("-?", (VECTOR,)), ("tanh(?)", (VECTOR,)), ("relu(?)", (VECTOR,)),
        ("max(?, ?)", (VECTOR, VECTOR)), ("? if ? > 0 else ?", (VECTOR, SIGN, VECTOR)),
        ("0.3 * ? @ ?", (MATRIX, VECTOR)), ("0.3 * ?.T @ ?", (MATRIX, VECTOR)), ("0.3 * ? @ ?", (VECTOR, MATRIX)),
        ("softmax(?)", (VECTOR,)), ("logsoftmax(?)", (VECTOR,)), ("erf(?)", (VECTOR,)), ("logsumexp(?)", (OBLONG,)),
        ("? / sqrt(m)", (VECTOR,)),
        ("concat(?[0:1], ?[1:m])", (VECTOR, VECTOR)), ("concat(?[1:m], ?[0:1])", (VECTOR, VECTOR)),
        ("concat(?[m-1:], ?[:m-1])", (VECTOR, VECTOR)), ("stack(?, ?)[0]", (VECTOR, VECTOR)),
        ("?[0]", (MATRIX,)), ("?[-1]", (MATRIX,)), ("?[:, 1]", (MATRIX,)),
        ("0.3 * ?[:, :2] @ ?[1:3]", (MATRIX, VECTOR)),
        ("outer(?, ?) @ ?", (VECTOR, VECTOR, VECTOR)), ("solve(eye(m) + 0.1 * tanh(?), ?)", (MATRIX, VECTOR)),
        ("one_hot(argmax(?), m)", (VECTOR,)), ("? * zeros(m)", (SCALAR,)), ("? + ones(m)", (VECTOR,)),
        ("place(?, ?[1])", (SCALAR, VECTOR)),
        ("concat(?, zeros(n-1))[:m]", (VECTOR,)), ("(eye(m+1) @ concat(?, ones(1)))[0:m]", (VECTOR,)),
        ("place(?[1:m], ?[1:m])", (VECTOR, VECTOR)),
        ("0.3 * ? @ ?", (OBLONG, OTHER)), ("?[:, n-1]", (OBLONG,)),
    ),
    OTHER: (
        ("? * ?", (SCALAR, OTHER)), ("? + ?", (OTHER, OTHER)), ("tanh(?)", (OTHER,)), ("softmax(?)", (OTHER,)),
        ("0.3 * ?.T @ ?", (OBLONG, VECTOR)), ("?[0]", (OBLONG,)),
        ("concat(?, ?)[m:m+n]", (VECTOR, OTHER)), ("concat(?[1:m], ?)[m-1:m+n-1]", (VECTOR, OTHER)),
    ),
    OBLONG: (
        ("outer(?, ?)", (VECTOR, OTHER)), ("? * ?", (SCALAR, OBLONG)), ("? + ?", (OBLONG, OBLONG)),
        ("0.3 * ? @ ?", (MATRIX, OBLONG)), ("tanh(?)", (OBLONG,)), ("softmax(?)", (OBLONG,)),
    ),
    MATRIX: (
        ("place(?, ?[0])", (VECTOR, MATRIX)), ("place(?, ?[:, 1])", (VECTOR, MATRIX)),
        ("? + ?", (MATRIX, MATRIX)), ("? * ?", (SCALAR, MATRIX)), ("? * ?", (MATRIX, MATRIX)), ("?.T", (MATRIX,)),
        ("0.3 * ? @ ?", (MATRIX, MATRIX)), ("0.3 * ? @ ?.T", (MATRIX, MATRIX)), ("outer(?, ?)", (VECTOR, VECTOR)),
        ("tanh(?)", (MATRIX,)), ("? + eye(m)", (MATRIX,)), ("inv(eye(m) + 0.1 * tanh(?))", (MATRIX,)),
        ("solve(eye(m) + 0.1 * tanh(?), ?)", (MATRIX, MATRIX)), ("? if ? > 0 else ?", (MATRIX, SIGN, MATRIX)),
    ),
}
#: What only the size 3 has, written as a number.
LITERAL: Table = {
    VECTOR: (("stack(?, ?, ?)", (SCALAR, SCALAR, SCALAR)), ("concat(?[:2], stack(?))", (VECTOR, SCALAR))),
    MATRIX: (("stack(?, ?, ?)", (VECTOR, VECTOR, VECTOR)),),
}
#: Opaque functions: f keeps a vector, g makes a number of one, e keeps a number. What one returns is a vector to `@`,
#: so none returns a matrix.
CALLS: Table = {
    # A number of the step alone could be a place that is read: with `;` it is an argument.
    SCALAR: (("g(?)", (VECTOR,)), ("e(?;)", (SCALAR,)), ("g(?; theta)", (VECTOR,)), ("e(?, ?;)", (SCALAR, SCALAR))),
    VECTOR: (("f(?)", (VECTOR,)), ("f(?, ?)", (VECTOR, VECTOR)), ("f(?; theta)", (VECTOR,))),
}
# fmt: on
_REDUCTIONS = ("sum", "sum", "max", "min", "mean", "prod", "argmax")
#: How what is read at the index of a reduction stands beside anything else there.
_BODIES = ("{0}", "{0} * {1}", "{0} + {1}", "tanh({0}) * {1}")
#: Stands for the name of a bound index in what can be read at it.
INDEX = "@"


@dataclass(frozen=True)
class Scope:
    """What may be read in a right side.

    Attributes
    ----------
    leaves : what stands there by itself, the simplest first.
    runs : for each axis that a reduction may run over what is read at its index, which `INDEX` stands for.
    counted : numbers made of that index.
    forms : the operators, by the shape of what they give.
    calls : opaque functions, which give a value of a shape that nothing but the caller tells.
    indices : names for the indices of reductions.
    """

    leaves: Leaves
    runs: tuple[Leaves, ...] = ()
    counted: tuple[str, ...] = (INDEX,)
    forms: Table = field(default_factory=lambda: FORMS)
    calls: Table = field(default_factory=dict)
    indices: tuple[str, ...] = ("k", "j")

    def drawn_from(self, table: Table, shape: Shape) -> list[Form]:
        """Return the forms of a table that give a shape, whose operands can all be read, and whose sizes there are."""
        known = [shape for shape, leaves in self.leaves.items() if leaves]
        sizes = {size for one in known for size in one}
        return [
            (form, operands)
            for form, operands in table.get(shape, ())
            if all(one in known or one == SIGN for one in operands) and ("n" in sizes or not re.search(r"\bn\b", form))
        ]

    def inside(self, run: Leaves, index: str) -> Scope:
        """Return the scope inside a reduction over one of the runs; what its index hides is not read there."""
        hidden = re.compile(rf"\b{index}\b")
        leaves = {shape: [leaf for leaf in known if not hidden.search(leaf)] for shape, known in self.leaves.items()}
        for shape, read in {SCALAR: self.counted, **run}.items():
            more = [*self.counted, *read] if shape == SCALAR else read
            leaves[shape] = [*(leaf.replace(INDEX, index) for leaf in more), *leaves.get(shape, ())]
        return replace(self, leaves=leaves)


@st.composite
def right_sides(draw: st.DrawFn, scope: Scope, shape: Shape, depth: int, may_call: bool = True) -> str:
    """Return an expression of a shape, `depth` operators deep at most.

    Where nothing tells the shape of what an opaque function gives, as that of a number beside a vector, none is
    called: `may_call` says whether one may be.
    """
    if shape == SIGN:
        return draw(st.sampled_from(scope.leaves[SCALAR]))
    forms, calls = scope.drawn_from(scope.forms, shape), scope.drawn_from(scope.calls, shape)
    kinds = ["leaf"] if scope.leaves.get(shape) else []
    kinds += ["form", "form", "form"] if depth and forms else []
    kinds += ["reduction"] if depth and any(run.get(shape) for run in scope.runs) else []
    kinds += ["call", "call"] if depth and calls and may_call else []
    kind = draw(st.sampled_from(kinds))
    if kind == "leaf":
        return draw(st.sampled_from(scope.leaves[shape]))
    if kind == "reduction":
        return draw(reductions(scope, shape, depth - 1))
    form, operands = draw(st.sampled_from(calls if kind == "call" else forms))
    # A number beside a vector is one only if something says so; other operands tell one another's shapes.
    told = {operand: may_call and (operand != SCALAR or shape == SCALAR or kind == "call") for operand in operands}
    return filled(form, [draw(right_sides(scope, operand, depth - 1, told[operand])) for operand in operands])


@st.composite
def reductions(draw: st.DrawFn, scope: Scope, shape: Shape, depth: int) -> str:
    """Return a reduction over one axis, whose body reads something at its index."""
    run = draw(st.sampled_from([run for run in scope.runs if run.get(shape)]))
    index = draw(st.sampled_from(scope.indices))
    inside = scope.inside(run, index)
    read = draw(st.sampled_from(run[shape])).replace(INDEX, index)
    body = draw(st.sampled_from(_BODIES))
    if "{1}" in body:
        beside = draw(right_sides(inside, draw(st.sampled_from([SCALAR, shape])), min(depth, 1), may_call=False))
        body = body.format(read, beside if is_closed(beside) else f"({beside})")
    else:
        body = body.format(read)
    return f"{draw(st.sampled_from(_REDUCTIONS))}({body} for {index})"


def filled(form: str, operands: Sequence[str]) -> str:
    """Return a form with its operands, in brackets where they do not hang together.

    >>> filled("0.3 * ?.T @ ?", ["W + V", "tanh(x(t) + p)"])
    '0.3 * (W + V).T @ tanh(x(t) + p)'
    """
    text, *rest = form.split("?")
    for operand, after in zip(operands, rest, strict=True):
        alone = text.endswith(("(", ", ")) and after.startswith((")", ",")) and "[" not in text[-2:]
        text += f"{operand if alone or is_closed(operand) else f'({operand})'}{after}"
    return text


def is_closed(text: str) -> bool:
    """Say whether an expression hangs together: a name, a number, a call, or what stands in brackets."""
    level = 0
    for character in text:
        level += (character in "([") - (character in ")]")
        if level == 0 and character in " -*":
            return False
    return True
