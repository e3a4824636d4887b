"""The statements of a circuit as source: for whole axes at once, as loops, or written out place by place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property

from unfoldgraph.algebra.expression import postorder
from unfoldgraph.algebra.notation import shown
from unfoldgraph.base import boxes
from unfoldgraph.base.boxes import Box
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.limits import UNROLLED_STATEMENTS
from unfoldgraph.model.regions import domains
from unfoldgraph.program.numpy_source.given import Given
from unfoldgraph.program.numpy_source.hoisting import Hoisting
from unfoldgraph.program.numpy_source.lines import Block, equation, open_place, steps_in_words, sum_text, with_places
from unfoldgraph.program.numpy_source.source import Scope, Value, Variable, Writer, count_uses, indexed
from unfoldgraph.program.numpy_source.turns import Nest, Turns, left_out
from unfoldgraph.program.schedule import Loop, Single, far_reads


def write_components(writer: Writer, counts: Mapping[str, int] | None, body: Block) -> None:
    """Write all statements of a plan, for any number of steps or written out for exactly so many.

    Raises `CircuitError` where what is written out would be over the limit.
    """
    steps = _Steps(writer, counts, body)
    for work in writer.plan.work:
        if isinstance(work, Single):
            steps.at_once(work.number)
        elif counts is None:
            steps.loop(work)
        else:
            steps.written_out(work)


class _Steps:
    def __init__(self, writer: Writer, counts: Mapping[str, int] | None, body: Block) -> None:
        self.writer = writer
        self.plan = writer.plan
        self.model = writer.plan.model
        self.public = writer.public
        self.counts = counts
        self.body = body
        self.given = Given(writer)
        self.turns = Nest(writer, self.given)
        self.hoisting = Hoisting(writer, self.turns)
        #: The statements written out so far.
        self.written = 0

    # At once -------------------------------------------------------------------------------------------

    def at_once(self, number: int) -> None:
        """Write a statement that needs no loop."""
        statement = self.model.statements[number]
        self.body.add()
        self.body.comment(equation(statement))
        if not statement.index:
            self._without_axis(number, Scope(self.body, known=self.writer.everywhere))
            return
        conditions = []
        least = self.turns.least_lengths(statement, self.turns.pinned(statement))
        if self.counts is None:
            conditions = [f"{self.writer.lengths[axis]} >= {length}" for axis, length in least.items()]
            conditions += self.given.conditions(self.given.elsewhere(statement, {}, {}), {})
        elif any(self.counts[axis] < length for axis, length in least.items()) or not self._is_reached(number):
            self.body.comment(f"Not reached in {self._number_of_steps()}.")
            return
        scope = Scope(self.body, known={} if conditions else self.writer.everywhere)
        with self._under(self.body, conditions):
            if statement.name in self.plan.buffered or not statement.is_equation:
                self._store(number, scope)
            else:
                self._define(number, scope)

    def _is_reached(self, number: int) -> bool:
        """Say whether a boundary or a pin gives any place in the steps that are written out."""
        return self.model.statements[number].is_equation or bool(self.domains[number])

    def _define(self, number: int, scope: Scope) -> None:
        """Write a signal that is one new array."""
        statement = self.model.statements[number]
        name = self.public[statement.name]
        value = self.writer.value(statement.value, self.plan.shapes[number], scope, f"{name}_part")
        if value.full:
            self.writer.full.add(statement.name)
        axes = [(axis, False) for axis in statement.axes]
        value = self.writer.filling(value, self.model.shapes[statement.name])
        value = self.writer.numeric(self.writer.aligned(value, axes, self.model.rank(statement.name)))
        fresh = value.fresh and not value.text.isidentifier()
        self.body.add(f"{name} = {value.text if fresh else f'np.array({value.text})'}")

    def _without_axis(self, number: int, scope: Scope) -> None:
        statement = self.model.statements[number]
        shape, rank = self.model.shapes[statement.name], self.model.rank(statement.name)
        name = self.public[statement.name]
        value = self.writer.value(statement.value, self.plan.shapes[number], scope, f"{name}_part")
        if value.full:
            self.writer.full.add(statement.name)
        may_be_number = value.rank is None
        value = self.writer.filling(self.writer.array(value), shape)
        if rank is not None and value.rank is not None and (value.rank < rank or (may_be_number and rank)):
            value = self.writer.aligned(value, (), rank)
            whole = self.writer.shape_text(shape or ())
            self.body.add(f"{name} = _for_batch({value.text}, {whole}, {self.writer.words['dtype']})")
        else:
            self.body.add(f"{name} = {value.text}")

    def _store(self, number: int, scope: Scope) -> None:
        """Write the line that puts the value of a statement where it belongs."""
        statement = self.model.statements[number]
        name, rank = self.public[statement.name], self.model.rank(statement.name)
        value = self.writer.value(statement.value, self.plan.shapes[number], scope, f"{name}_part")
        items: list[tuple[str, Variable | None]] = []
        axes, margins = self.model.axes_of(statement.name), self.plan.margins[statement.name]
        for at, axis, margin in zip(statement.index, axes, margins, strict=True):
            variable = (axis, False)
            if at.moves and variable in scope.loops:
                items.append((scope.place(variable, margin[0]), variable))
            else:
                items.append((self.writer.place(at, axis, margin), variable if at.moves else None))
        one_by_one = self.plan.is_kept_one_by_one(statement.name)
        target, dims = indexed(name, items, scope, one_by_one)
        value = self.writer.filling(value, self.model.shapes[statement.name])
        text = self.writer.whole(value) if one_by_one else self.writer.aligned(value, dims, rank).text
        given = self.given.among(statement, scope.loops)
        if given:
            scope.block.add(f"_put({', '.join([target, text, *given])})")
        else:
            scope.block.add(f"{target}{'[:]' if target == name else ''} = {text}")

    @contextmanager
    def _under(self, block: Block, conditions: Sequence[str], told: str = "") -> Iterator[None]:
        """Write what follows under some conditions, and a comment on them."""
        if not conditions:
            yield
            return
        with block.indented(f"if {' and '.join(conditions)}:{told}"):
            yield

    # As loops ------------------------------------------------------------------------------------------

    def loop(self, loop: Loop) -> None:
        """Write a loop, and before it what does not need it."""
        self.hoisting.before(loop, Scope(Block(), known=self.writer.everywhere), self.body)
        inside = Block(indent=self.body.indent)
        self._rolled(loop, (), {}, inside)
        self.body.add()
        index = {self.turns.open[axis]: name for axis, name in self.writer.loops.items()}
        self.body.lines += [
            with_places(line, lambda word, offset: sum_text(index.get(word, word), offset)) for line in inside.lines
        ]

    def _rolled(self, loop: Loop, outer: tuple[Turns, ...], known: dict[int, Value], block: Block) -> None:
        """Write a loop inside some others; it calls itself once per nested loop."""
        around = (*outer, self.turns.turns(loop, outer))
        inside = Block(indent=block.indent + 1)
        scope = self._shared(loop, around, known)
        for work in loop.body:
            if isinstance(work, Loop):
                own = dict(scope.known)
                self.hoisting.between(work, around, own, inside)
                self._rolled(work, around, own, inside)
            else:
                inside.comment(equation(self.model.statements[work.number]))
                self._inside(work, around, self._own(scope, inside))
        with block.indented(self.turns.header(around[-1])):
            block.lines += inside.lines

    def _shared(self, loop: Loop, around: Sequence[Turns], known: dict[int, Value]) -> Scope:
        """Return what the statements of a loop have in common: parts that have a name, where each always runs."""
        scope = Scope(Block(), known=dict(known))
        singles = [work.number for work in loop.body if isinstance(work, Single)]
        if any(one.is_front for one in around) or any(self.turns.is_guarded(number, around) for number in singles):
            return scope
        roots = [self.model.statements[number].value for number in singles]
        everywhere = self.writer.everywhere
        scope.uses = count_uses(postorder(roots, stop=lambda node: id(node) in everywhere or id(node) in known))
        return scope

    def _own(self, scope: Scope, block: Block) -> Scope:
        """Return the scope of one statement among some that may have parts in common."""
        return Scope(block, known=scope.known if scope.uses else dict(scope.known), uses=scope.uses)

    def _inside(self, work: Single, around: Sequence[Turns], scope: Scope) -> None:
        """Write a statement inside loops."""
        number = work.number
        statement = self.model.statements[number]
        scope.loops = loops = self.turns.loops(number, around)
        given = self.given.elsewhere(statement, loops, left_out(around))
        arrays = {(axis, False) for axis in self.turns.front_axes(statement, around)}
        among = [fixed for fixed in given if any((axis, False) in arrays for _, _, axis in fixed)]
        alone = [fixed for fixed in given if fixed not in among]
        conditions = [*self.turns.conditions(number, around), *self.given.conditions(alone, loops)]
        told = self.given.told(statement, alone) if len(conditions) == 1 and not among else ""
        with self._under(scope.block, conditions, told):
            if not arrays:
                self._store(number, scope)
                return
            names = [open_place(name, 0) for variable, (name, _) in loops.items() if variable in arrays]
            places = self.turns.front(number, around)
            if work.by_places:
                each = f"for {', '.join(names)}{',' * (len(names) == 1)} in {self.writer.words['zip']}(*{places}):"
                with scope.block.indented(each), self._under(scope.block, self.given.conditions(among, loops)):
                    self._store(number, scope)
                return
            left = f"[{names[0]}]" if len(names) == 1 else ", ".join(names)
            scope.block.add(f"{left} = {places}")
            if among:
                own = self.writer.names.claim_numbered("own")
                scope.block.add(f"{own} = {' & '.join(self.given.arrays_condition(fixed, loops) for fixed in among)}")
                chosen = ", ".join(f"{name}[{own}]" for name in names)
                scope.block.add(f"{left} = {f'[{chosen}]' if len(names) == 1 else chosen}")
            scope.fronts = frozenset(arrays)
            self._store(number, scope)

    # Written out ---------------------------------------------------------------------------------------

    def written_out(self, loop: Loop) -> None:
        """Write every place of a loop; the number of statements is known before the first is written."""
        statements = self.model.statements
        places = {number: self._looped(number, self.domains[number]) for number in loop.members}
        if not any(places.values()):
            self.body.add()
            for number in loop.members:
                self.body.comment(equation(statements[number]))
            self.body.comment(f"Not reached in {self._number_of_steps()}.")
            return
        self.hoisting.before(loop, Scope(Block(), known=self.writer.everywhere), self.body)
        bodies = self._bodies(loop, ())
        self.written += sum(boxes.volume(places[number]) * len(block.lines) for number, block in bodies.items())
        require_within(
            self.written,
            UNROLLED_STATEMENTS,
            f"the straight-line program of {self._number_of_steps()} has {{}} statements",
            "leave out the number of steps: a loop computes any number of them",
        )
        self.body.add()
        for number in bodies:
            if places[number]:
                self.body.comment(equation(statements[number]))
        paths = _paths(loop, ())
        instances = [
            (self._moment(number, place, paths[number]), place, number)
            for number in bodies
            for place in boxes.places(places[number])
        ]
        before = ""
        for _, place, number in sorted(instances):
            axes = [axis for level in self.plan.levels[number] for axis in level.vector]
            at = {axis: one for axis, one in zip(self._axes_of(number), place, strict=True) if axis in axes}
            label = ", ".join(f"{shown(axis)} = {one}" for axis, one in at.items())
            if label != before and len(bodies) > 1:
                self.body.comment(label)
            before = label
            index = _index_at({self.turns.open[axis]: one - 1 for axis, one in at.items()})
            for line in bodies[number].lines:
                self.body.add(with_places(line, index))

    @cached_property
    def domains(self) -> list[list[Box]]:
        """The places that each statement gives in the steps that are written out."""
        counts = self.counts or {}
        found = domains(self.model.statements, self.model.axes_by_name, counts)
        # A boundary that reads what does not exist is read by nobody; the function has checked that.
        return [
            [] if any(counts[axis] < least for axis, least in far_reads(self.model, statement).items()) else domain
            for statement, domain in zip(self.model.statements, found, strict=True)
        ]

    def _bodies(self, loop: Loop, outer: tuple[Turns, ...]) -> dict[int, Block]:
        """Return the lines of each statement of a loop at one place, which is left open."""
        around = (*outer, self.turns.turns(loop, outer))
        scope = self._shared(loop, around, {})
        found: dict[int, Block] = {}
        for work in loop.body:
            if isinstance(work, Loop):
                found |= self._bodies(work, around)
                continue
            own = self._own(scope, Block(indent=0))
            own.loops = {variable: (name, 0) for variable, (name, _) in self.turns.loops(work.number, around).items()}
            self._store(work.number, own)
            found[work.number] = own.block
        return found

    def _looped(self, number: int, domain: Sequence[Box]) -> list[Box]:
        """Return the places of a statement that are taken one by one; an axis that is taken as a whole counts once."""
        axes = {axis for level in self.plan.levels[number] for axis in level.vector}
        own = self._axes_of(number)
        return boxes.union(
            tuple(side if axis in axes else (0, 0) for side, axis in zip(box, own, strict=True)) for box in domain
        )

    def _moment(self, number: int, place: boxes.Place, path: Sequence[int]) -> tuple[int, ...]:
        """Return when a place is computed: in which turn of each loop around it, and where in that."""
        at = dict(zip(self._axes_of(number), place, strict=True))
        moment: list[int] = []
        for level, position in zip(self.plan.levels[number], path, strict=True):
            moment.append(sum(entry * at[axis] for axis, entry in level.vector.items()) + level.leads[number])
            moment.append(position)
        return tuple(moment)

    def _axes_of(self, number: int) -> tuple[str, ...]:
        return self.model.axes_of(self.model.statements[number].name)

    def _number_of_steps(self) -> str:
        """Return how many steps are written out, in words."""
        return steps_in_words({axis: (self.counts or {})[axis] for axis in self.plan.model.own_axes})


def _paths(loop: Loop, before: tuple[int, ...]) -> dict[int, tuple[int, ...]]:
    """Return where each statement stands in the loops around it, outermost first."""
    found: dict[int, tuple[int, ...]] = {}
    for position, work in enumerate(loop.body):
        path = (*before, position)
        found |= _paths(work, path) if isinstance(work, Loop) else {work.number: path}
    return found


def _index_at(places: Mapping[str, int]) -> Callable[[str, int], str]:
    return lambda word, offset: str(places[word] + offset) if word in places else sum_text(word, offset)
