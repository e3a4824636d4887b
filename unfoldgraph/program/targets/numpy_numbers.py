"""Loops over single numbers, on Python's own: lists are read, and results are written through a view of memory."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from unfoldgraph.algebra.operators import OPERATORS
from unfoldgraph.algebra.table.operator_row import Operands
from unfoldgraph.base.affine import Affine, index, whole
from unfoldgraph.program.ir import (
    Access,
    Apply,
    Assign,
    For,
    Number,
    Strided,
    Value,
    is_natural,
    nodes,
    parts,
    targets_of,
    values_in,
)
from unfoldgraph.program.names import written_name
from unfoldgraph.program.python_text.nodes import (
    Comment,
    assign,
    call,
    compared,
    constant,
    filled,
    item,
    tuple_of,
)
from unfoldgraph.program.targets.numpy_names import Called, Scope
from unfoldgraph.program.targets.numpy_places import AccessWriter


@dataclass(slots=True)
class _NumbersOfTurn:
    """What the numbers of a turn are called, by their arrays and how many turns ago they were computed."""

    names: dict[tuple[str, int], ast.expr] = field(default_factory=dict)


class NumberWriter:
    """Writes loops over single numbers."""

    def __init__(self, places: AccessWriter, told: Callable[[int], str]) -> None:
        self.places = places
        self.called: Called = places.called
        self.words = places.words
        self.told = told

    def loop(self, loop: For, scope: Scope) -> None:
        """Write a loop, under a condition where what it begins with is not there in no turn."""
        assert isinstance(loop.first, Affine) and isinstance(loop.last, Affine)  # so is every loop that is marked
        low, high = (loop.first, loop.last) if loop.step > 0 else (loop.last, loop.first)
        inside = replace(scope, body=[])
        needs_turns = self._loop(loop, inside)
        if needs_turns:
            ends = (self.called.whole(one, scope) for one in (high, low))
            scope.body.append(ast.If(compared(next(ends), ">=", next(ends)), inside.body, []))
        else:
            scope.body += inside.body

    def _loop(self, loop: For, scope: Scope) -> bool:
        """Write the numbers that a loop begins with, then its turns; return whether those are there in a turn only."""
        assert isinstance(loop.first, Affine) and isinstance(loop.last, Affine)
        needs_turns = False
        turn = _NumbersOfTurn()
        own = {target.array.name: target for one in loop.body for target in targets_of(one)}
        reads = [node for one in loop.body for node in nodes(values_in(one)) if isinstance(node, Access)]
        lists: list[tuple[ast.expr, ast.expr]] = []
        farthest: dict[str, int] = {}
        for read in reads:
            lag = self._lag(read, loop)
            key = read.array.name, lag
            if key in turn.names:
                continue
            if not read.places and read.array.name in own:
                # What has one place for all turns is what the turn before has computed, or this one.
                turn.names[read.array.name, 0] = turn.names[read.array.name, 1] = self._new(read, "now")
                begin = self._float(self.places.access(read, scope).tree)
                scope.body.append(assign(turn.names[read.array.name, 0], begin))
            elif not read.places:
                turn.names[key] = self._new(read, "number")
                scope.body.append(assign(turn.names[key], self._float(self.places.access(read, scope).tree)))
            elif read.array.name in own:
                # What the turn has computed itself has its name there.
                if lag:
                    farthest[read.array.name] = max(lag, farthest.get(read.array.name, 0))
            else:
                turn.names[key] = self._new(read, self._when(lag, loop))
                lists.append((turn.names[key], self._list(read, loop, scope)))
        for name, lag in farthest.items():
            for back in range(1, lag + 1):
                turn.names[name, back] = self._new(own[name], self._when(back, loop))
                place = loop.first - back * loop.step
                (dim,) = (one for one in own[name].array.dims if one.role == "axis")
                needs_turns |= not (is_natural(place - dim.first) and is_natural(dim.last - place))
                before = Access(own[name].array, ((dim.name, place),))
                scope.body.append(assign(turn.names[name, back], self._float(self.places.access(before, scope).tree)))
        replaced = {name for name, lag in farthest.items() if lag == 1 and not self._is_read_late(name, loop)}
        views: dict[str, ast.expr] = {}
        for name, target in own.items():
            if not target.places:
                turn.names.setdefault((name, 0), self._new(target, "now"))
                continue
            # What nothing reads any more is replaced by what is computed.
            turn.names[name, 0] = turn.names[name, 1] if name in replaced else self._new(target, loop.index)
            views[name] = self._new(target, "numbers")
            scope.body.append(assign(views[name], self._view(target, loop, scope)))
        body: list[ast.stmt] = []
        for statement in loop.body:
            assert isinstance(statement, Assign)
            if statement.equation is not None:
                body.append(Comment(self.told(statement.equation)))
            body += self._statement(statement, turn, views.get(statement.target.array.name), loop)
        for name, lag in farthest.items():
            if name not in replaced:
                shifted = range(lag, 0, -1)
                targets = tuple_of(*(turn.names[name, back] for back in shifted))
                values = tuple_of(*(turn.names[name, back - 1] for back in shifted))
                body.append(assign(targets, values) if lag > 1 else assign(turn.names[name, 1], turn.names[name, 0]))
        turns = self.places.turns(*((loop.first, loop.last) if loop.step > 0 else (loop.last, loop.first)), scope)
        numbers = turns if loop.step > 0 else call(self.words["reversed"], turns)
        at = self.called.index(loop.index)
        if not lists:
            scope.body.append(ast.For(at, numbers, body, []))
        else:
            over = call(self.words["zip"], numbers, *(values for _, values in lists))
            scope.body.append(ast.For(tuple_of(at, *(one for one, _ in lists)), over, body, []))
        for name, target in own.items():
            if not target.places:
                last = item(self.called.buffer(name), constant(...))
                scope.body.append(assign(last, turn.names[name, 0]))
        return needs_turns

    def _is_read_late(self, name: str, loop: For) -> bool:
        """Say whether what a signal was is read when the turn has computed it."""
        is_computed = False
        for statement in loop.body:
            reads = (node for node in nodes(values_in(statement)) if isinstance(node, Access) and node.places)
            if is_computed and any(node.array.name == name and self._lag(node, loop) for node in reads):
                return True
            is_computed |= any(target.array.name == name for target in targets_of(statement))
        return False

    def _view(self, target: Access, loop: For, scope: Scope) -> ast.expr:
        """Return the memory in which the number of a turn is where the turn counts it, or as far from the first."""
        ((dim, at),) = target.places
        (own,) = (one for one in target.array.dims if one.name == dim)
        assert isinstance(at, Affine)
        first = self.called.whole(at - index(loop.index) + own.before + _below(loop), scope)
        array = self.called.buffer(target.array.name)
        is_all = isinstance(first, ast.Constant) and first.value == 0
        return call(self.words["memoryview"], array if is_all else item(array, ast.Slice(first, None, None)))

    def _statement(self, statement: Assign, turn: _NumbersOfTurn, view: ast.expr | None, loop: For) -> list[ast.stmt]:
        """Return the statements that compute a number and put it in its place."""
        found: list[ast.stmt] = []
        name = turn.names[statement.target.array.name, 0]
        value = self._value(statement.value, turn, loop, found, written_name(statement.target.array.name))
        place = self.called.whole(index(loop.index) - _below(loop), Scope([]))
        places = [] if view is None else [item(view, place)]
        return [*found, ast.Assign([*places, name], value, lineno=0)]

    def _value(self, root: Value, turn: _NumbersOfTurn, loop: For, found: list[ast.stmt], hint: str) -> ast.expr:
        """Return a value as an expression; what is read twice in it has a name."""
        uses: dict[int, int] = {}
        order = list(nodes([root]))
        for node in order:
            for part in parts(node):
                uses[id(part)] = uses.get(id(part), 0) + 1
        operations = [node for node in order if isinstance(node, Apply) and OPERATORS[node.row].kind != "conditional"]
        mixed = [node.arguments for node in operations if not all(isinstance(one, Number) for one in node.arguments)]
        beside = {id(one) for arguments in mixed for one in arguments}
        made: dict[int, ast.expr] = {}
        for node in order:
            match node:
                case Number():
                    # Whole numbers alone would be added up as such, of any size.
                    value = node.value
                    is_beside = id(node) in beside and isinstance(value, int) and abs(value) < 2**53
                    made[id(node)] = constant(value if is_beside and isinstance(value, int) else float(value))
                case Access():
                    made[id(node)] = turn.names[node.array.name, self._lag(node, loop)]
                case Apply():
                    made[id(node)] = self._operation(node, [made[id(part)] for part in node.arguments])
                    if uses.get(id(node), 0) > 1:
                        named = self.called.new(f"{hint}_part")
                        found.append(assign(named, made[id(node)]))
                        made[id(node)] = named
        return made[id(root)]

    def _operation(self, node: Apply, arguments: list[ast.expr]) -> ast.expr:
        row = OPERATORS[node.row]
        if row.kind == "conditional":
            condition, then, other = arguments
            return ast.IfExp(condition, then, other)
        form = row.numpy_form(Operands((0,) * len(arguments)))
        assert form is not None  # numbers have a form in any layout
        return filled(form, **dict(zip("ab", arguments, strict=False)))

    def _lag(self, access: Access, loop: For) -> int:
        """Return how many turns ago what is read was computed; 0 where it is the same in all."""
        if not access.places:
            return 0
        ((_, at),) = access.places
        assert isinstance(at, Affine)
        return -(at - index(loop.index)).constant * loop.step

    def _list(self, access: Access, loop: For, scope: Scope) -> ast.expr:
        """Return what an array holds along a loop, as a list in the order of its turns."""
        ((dim, at),) = access.places
        assert isinstance(at, Affine) and isinstance(loop.first, Affine) and isinstance(loop.last, Affine)
        low, high = (loop.first, loop.last) if loop.step > 0 else (loop.last, loop.first)
        offset = (at - index(loop.index)).constant
        along = Access(access.array, ((dim, Strided(low + offset, high - low + 1)),))
        tree = self.places.access(along, scope).tree
        if loop.step < 0:
            tree = item(tree, ast.Slice(None, None, constant(-1)))
        return call(ast.Attribute(tree, "tolist"))

    def _new(self, access: Access, what: str) -> ast.expr:
        return self.called.new(f"{written_name(access.array.name)}_{what}")

    def _when(self, lag: int, loop: For) -> str:
        if not lag:
            return loop.index
        more = "" if abs(lag) == 1 else f"_{abs(lag)}"
        return f"{'before' if lag > 0 else 'after'}{more}"

    def _float(self, tree: ast.expr) -> ast.expr:
        return call(self.words["float"], tree)


def _below(loop: For) -> Affine:
    """Return the least number of the turns of a loop, where that may be below 0, and 0 elsewhere."""
    low = loop.first if loop.step > 0 else loop.last
    assert isinstance(low, Affine)
    return whole(0) if is_natural(low) else low
