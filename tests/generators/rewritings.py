"""The same equations in other words: what a pass proves of one it has to find in all of them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from unfoldgraph import Circuit
from unfoldgraph.algebra.expression import Expr, number, postorder
from unfoldgraph.algebra.notation import text


def rewritten(source: str, seed: int) -> str:
    """Return equations that mean the same: operands swapped, factored out or multiplied in, parts named, names changed.

    Parameters
    ----------
    source : equations without bound indices, and declarations.

    Examples
    --------
    >>> rewritten("y(t) = a * y(t-1) + x(t)", 3) != rewritten("y(t) = a * y(t-1) + x(t)", 4)
    True
    """
    choices = random.Random(seed)
    circuit = Circuit(source)
    lines = [one.strip() for one in re.split(r"[;\n]", source) if ":" in one.partition("=")[0] or "=" not in one]
    parts: list[str] = []
    *_, last = (one for one in circuit.model.statements if one.is_equation)
    for statement in circuit.model.statements:
        left = text(Expr("read", (), (statement.name, statement.index)))
        value = statement.value
        for _ in range(choices.randrange(1, 5)):
            value = _changed(value, choices)
        right, named = _with_a_part_named(value, circuit, choices) if statement is last else (text(value), [])
        parts += [*named, f"{left} = {right}"]
    return _renamed("; ".join([*parts, *lines]), circuit, choices)


def _changed(root: Expr, choices: random.Random) -> Expr:
    """Return an expression with one place of it written in another way."""
    ways = [(node, other) for node in postorder([root]) for other in _ways(node)]
    if not ways:
        return root
    chosen, other = choices.choice(ways)
    made: dict[int, Expr] = {}
    for node in postorder([root]):
        arguments = tuple(made[id(one)] for one in node.arguments)
        made[id(node)] = other if node is chosen else Expr(node.operator, arguments, node.data)
    return made[id(root)]


def _ways(node: Expr) -> Iterator[Expr]:
    """Yield what else an operation can be written as."""
    arguments = node.arguments
    match node.operator:
        case "add":
            one, other = arguments
            yield Expr("add", (other, one))
            yield Expr("sub", (one, Expr("neg", (other,))))
            yield Expr("neg", (Expr("sub", (Expr("neg", (one,)), other)),))
            yield from _factored(one, other)
        case "sub":
            one, other = arguments
            yield Expr("add", (one, Expr("neg", (other,))))
            yield Expr("neg", (Expr("sub", (other, one)),))
            yield Expr("add", (Expr("neg", (other,)), one))
        case "mul":
            one, other = arguments
            yield Expr("mul", (other, one))
            yield Expr("neg", (Expr("mul", (Expr("neg", (one,)), other)),))
            for inside, factor in ((one, other), (other, one)):
                if inside.operator in ("add", "sub"):
                    terms = (Expr("mul", (part, factor)) for part in inside.arguments)
                    yield Expr(inside.operator, tuple(terms))
        case "minimum" | "maximum":
            yield Expr(node.operator, arguments[::-1])
            if len(arguments) > 2:
                yield Expr(node.operator, (Expr(node.operator, arguments[:-1]), arguments[-1]))
        case "div":
            one, other = arguments
            yield Expr("mul", (one, Expr("div", (number(1), other))))
        case "matmul":
            matrix, vector = arguments
            if vector.operator in ("add", "sub"):
                yield Expr(vector.operator, tuple(Expr("matmul", (matrix, part)) for part in vector.arguments))


def _factored(one: Expr, other: Expr) -> Iterator[Expr]:
    if one.operator == other.operator == "mul":
        for mine, factor in (one.arguments, one.arguments[::-1]):
            if factor in other.arguments:
                rest = other.arguments[1 - other.arguments.index(factor)]
                yield Expr("mul", (factor, Expr("add", (mine, rest))))


def _with_a_part_named(root: Expr, circuit: Circuit, choices: random.Random) -> tuple[str, list[str]]:
    """Return an expression in which a part is a signal of its own, or what a function gives; and what defines that."""
    parts = [node for node in postorder([root]) if node.operator in ("add", "sub", "mul", "matmul", "neg")]
    # What does not move along the axis is no signal over it.
    parts = [node for node in parts if any(one.operator == "read" for one in postorder([node]))]
    if not parts or choices.random() < 0.3:
        return text(root), []
    chosen = choices.choice(parts)
    if choices.random() < 0.5 or len(circuit.model.axes) > 1:
        names = ("u", "v")[: len(chosen.arguments)]
        body = Expr(chosen.operator, tuple(Expr("parameter", (), name) for name in names), chosen.data)
        shown = f"part({', '.join(map(text, chosen.arguments))})"
        defined = f"def part({', '.join(names)}) = {text(body)}"
    else:
        (axis,) = circuit.model.axes
        shown = f"part({axis})"
        defined = f"{shown} = {text(chosen)}"
    name = Expr("parameter", (), "PART")
    made: dict[int, Expr] = {}
    for node in postorder([root]):
        arguments = tuple(made[id(one)] for one in node.arguments)
        made[id(node)] = name if node is chosen else Expr(node.operator, arguments, node.data)
    return text(made[id(root)]).replace("PART", shown), [defined]


def _renamed(source: str, circuit: Circuit, choices: random.Random) -> str:
    names = [*circuit.model.signals, *circuit.model.inputs, *circuit.model.parameters]
    letters = [f"q{at}" for at in range(len(names))]
    choices.shuffle(letters)
    others = dict(zip(names, letters, strict=True))
    return re.sub(r"\b[A-Za-z_]\w*\b", lambda found: others.get(found[0], found[0]), source)
