"""What a loop does not change is computed before it, for all places at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unfoldgraph.algebra.expression import Expr, postorder
from unfoldgraph.algebra.notation import shown
from unfoldgraph.program.numpy_source.lines import Block
from unfoldgraph.program.numpy_source.source import Scope, Value, Writer
from unfoldgraph.program.numpy_source.turns import Nest, Turns
from unfoldgraph.program.schedule import Loop, varying

#: The longest name that is made of others.
_LONGEST_HINT = 20


class Hoisting:
    """Writes before a loop what does not depend on it."""

    def __init__(self, writer: Writer, turns: Nest) -> None:
        self.writer = writer
        self.plan = writer.plan
        self.model = writer.plan.model
        self.public = writer.public
        self.turns = turns

    def between(self, loop: Loop, around: Sequence[Turns], known: dict[int, Value], block: Block) -> None:
        """Compute inside some loops what the next loop inside them does not change."""
        numbers = [number for number in loop.members if not self.turns.is_guarded(number, around)]
        if any(one.is_front for one in around) or len(numbers) < len(loop.members):
            return
        loops = {(one.axis, False): (one.name, 0) for one in around}
        scope = Scope(Block(), loops, known)
        self.before(loop, scope, block)

    def before(self, loop: Loop, whole: Scope, body: Block) -> None:
        """Compute for all places what does not depend on a loop."""
        hoisted = whole.block = Block(indent=body.indent)
        over_steps = False
        for number in loop.members:
            statement = self.model.statements[number]
            if not statement.is_equation:
                continue
            shapes = self.plan.shapes[number]
            inside = varying(self.model, statement, shapes, loop.level)
            for node in _outermost(statement.value, inside):
                if id(node) in self.writer.everywhere or id(node) in whole.known or _is_constant(node):
                    continue
                name = _hint(node, self.public, self.public[statement.name])
                value = self.writer.numeric(self.writer.value(node, shapes, whole, name))
                if not value.text.isidentifier():
                    value = self.writer.named(value, name, hoisted)
                whole.known[id(node)] = value
                over_steps |= bool(value.dims)
        if hoisted.lines:
            if not whole.loops:
                body.add()
            if len(self.model.axes) == 1:
                what = "What does not need earlier steps" + (", for all steps at once" if over_steps else "")
            else:
                along = " and ".join(shown(axis) for axis in loop.level.vector)
                what = f"What the loop over {along} does not change, computed at once"
            body.comment(f"{what}.")
            body.lines += hoisted.lines


def _is_constant(root: Expr) -> bool:
    return all(node.operator == "number" or node.arguments for node in postorder([root]))


def _outermost(root: Expr, inside: set[int]) -> list[Expr]:
    """Return the largest operations that do not vary with the loop, in the order written."""
    found = []
    for node in postorder([root], stop=lambda node: id(node) not in inside):
        is_view = node.operator == "entry" and not node.arguments[0].arguments
        if id(node) not in inside and (node.arguments or node.operator in ("zeros", "ones", "eye")) and not is_view:
            found.append(node)
    return found


def _hint(node: Expr, public: Mapping[str, str], otherwise: str) -> str:
    """Return a name for the value of an expression: what it is made of, where that is short."""
    leaves = []
    for leaf in postorder([node]):
        if leaf.operator in ("read", "parameter"):
            name = leaf.data[0] if leaf.operator == "read" else leaf.data
            leaves.append(public[name].strip("_"))
    names = list(dict.fromkeys(leaves))
    if len(names) == 1 and len(node.arguments) == 1 and not node.arguments[0].arguments:
        # An operation on one name: `W_T`, `exp_a`.
        names = [*names, "T"] if node.operator == "transpose" else [node.operator, *names]
    short = "_".join(names)
    return short if len(names) > 1 and len(short) <= _LONGEST_HINT else f"{otherwise}_given"
