"""What a program computes and how it keeps it: everything that is decided before a line is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from unfoldgraph.algebra.expression import BY_VALUE, Expr, Index, places_of_entry, postorder
from unfoldgraph.algebra.notation import shown
from unfoldgraph.algebra.operators import inverts, is_reduction, sizes_named
from unfoldgraph.algebra.shapes import Size, is_fresh, spell
from unfoldgraph.base.affine import Affine, axis_of_length, index, length, whole
from unfoldgraph.base.affine import size as size_sum
from unfoldgraph.base.boxes import Box
from unfoldgraph.base.errors import CircuitError, did_you_mean
from unfoldgraph.base.limits import OFFSET
from unfoldgraph.base.names import canonical
from unfoldgraph.causality.wavefronts import Component
from unfoldgraph.model.equations import FreeBoundary, Model, Statement
from unfoldgraph.model.regions import box_given, domains, farthest_by_number
from unfoldgraph.program.bound import axes_bound, with_names_of_their_own
from unfoldgraph.program.reach import Domain, Reached, farther, first_of, places_of
from unfoldgraph.program.statement_shapes import Derived, StatementShapes, shapes_of_statements

#: Longer than any delay: what is read off the edges of axes so long is what is read off those of any.
_ENDLESS = 4 * OFFSET
#: The places kept before the first and after the last of one axis; sums of sizes and lengths may tell.
Margin = tuple[Reached, Reached]


@dataclass(frozen=True, slots=True)
class Level:
    """One loop: place i of member v is computed at time `vector`·i + `leads[v]`.

    Attributes
    ----------
    vector : the axes it moves along, each with its entry; with several of them it goes by wavefronts.
    leads : of every statement inside, by number.
    names : the signals that are computed inside.
    """

    vector: Mapping[str, int]
    leads: Mapping[int, int]
    names: frozenset[str]

    @property
    def is_front(self) -> bool:
        """Whether one turn of the loop is a wavefront, and not one place of one axis."""
        return len(self.vector) > 1


@dataclass(frozen=True, slots=True)
class Single:
    """One statement, at all places of the axes that no loop around it moves along.

    `by_places` says that it is computed at one place at a time, also on a wavefront.
    """

    number: int
    by_places: bool = False

    @property
    def members(self) -> tuple[int, ...]:
        """The numbers of the statements in it."""
        return (self.number,)


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop, and what one turn of it computes, in order."""

    level: Level
    body: tuple[Task, ...]

    @property
    def members(self) -> tuple[int, ...]:
        """The numbers of the statements in it, in order."""
        return tuple(number for work in self.body for number in work.members)


Task = Single | Loop


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a circuit becomes a program.

    Attributes
    ----------
    model : the circuit; every bound index has a name of its own in the values of its statements.
    bound : the axis of each bound index, by its name.
    outputs : the signals that are returned.
    needed : every signal, input and parameter that they depend on, in the order written.
    work : what is computed, in order.
    levels : the loops around each statement, outermost first, by its number.
    margins : how many places off the edges are kept of each name, axis by axis.
    buffered : the signals that are kept in an array made beforehand.
    passed_on : the parameters that only opaque functions touch, so that they may be anything.
    shapes : the shapes inside each statement, by its number.
    """

    model: Model
    bound: Mapping[str, str]
    outputs: tuple[str, ...]
    needed: tuple[str, ...]
    work: tuple[Task, ...]
    levels: Mapping[int, tuple[Level, ...]]
    margins: Mapping[str, tuple[Margin, ...]]
    buffered: frozenset[str]
    passed_on: frozenset[str]
    shapes: Mapping[int, StatementShapes]

    @property
    def members(self) -> tuple[int, ...]:
        """The numbers of the statements that are computed, in order."""
        return tuple(number for work in self.work for number in work.members)

    @property
    def free(self) -> tuple[FreeBoundary, ...]:
        """The boundaries that the caller gives to what is needed."""
        return tuple(boundary for boundary in self.model.free if boundary.name in self.needed)

    @property
    def derived(self) -> tuple[Derived, ...]:
        """The sizes that follow from others, each once: those of values, and how many places the caller gives."""
        found = dict.fromkeys(one for known in self.shapes.values() for one in known.derived)
        for one in self.free:
            if one.firsts and whole(1) - first_of(one) == size_sum(places_of(one)):
                counts = tuple(whole(1) - first for first in one.firsts)
                found[Derived(places_of(one), (), greatest=counts)] = None
        return tuple(found)

    @property
    def calls(self) -> tuple[Expr, ...]:
        """The calls of opaque functions."""
        nodes = postorder(self.model.statements[number].value for number in self.members)
        return tuple(node for node in nodes if node.operator == "call")

    @property
    def functions(self) -> tuple[str, ...]:
        """The opaque functions that are called."""
        called = {call.data[0] for call in self.calls}
        return tuple(name for name in self.model.functions if name in called)

    @property
    def lengths_used(self) -> set[str]:
        """The axes whose length the results depend on."""
        model = self.model
        used = {axis for name in self.needed for axis in model.axes_of(name)}
        for node in postorder(model.statements[number].value for number in self.members):
            if node.operator == "length":
                used.add(node.data)
            elif is_reduction(node) and not node.data[0].ends:
                used.add(node.data[0].axis)
            used.update(axis_of_length(name) for name in names_in(node))
        for statement in (model.statements[number] for number in self.members):
            used.update(axis_of_length(name) for one in statement.ranges for end in one.ends for name, _ in end.terms)
        return {model.length_of[axis] for axis in used if axis}

    @property
    def only_looks_back(self) -> bool:
        """Whether no value depends on what comes later, so that what is beyond the end of a sequence changes nothing.

        Opaque functions, and what fails on some matrices, are not to see it either.
        """
        model = self.model
        for statement in (model.statements[number] for number in self.members):
            if any(at.base == "end" for at in statement.index) or _has_lengths(statement):
                return False
            domain = Domain(model, statement)
            for node in postorder([statement.value]):
                if node.operator in ("call", "length") or inverts(node):
                    return False
                if is_reduction(node) and not node.data[0].ends:
                    return False
                if node.operator == "read" and not _looks_back(model, domain, node):
                    return False
        return True


def schedule_of(model: Model, outputs: Sequence[str] | None) -> Schedule:
    """Return the schedule of a program; raises `CircuitError` for outputs that do not exist."""
    if isinstance(outputs, str):
        raise CircuitError("outputs is one word", help=f'write outputs=["{outputs}"]')
    chosen = tuple(model.signals) if outputs is None else tuple(dict.fromkeys(canonical(name) for name in outputs))
    if not chosen:
        raise CircuitError("outputs names no signal", help=f"the signals are: {', '.join(map(shown, model.signals))}")
    for name in chosen:
        if name not in model.signals:
            raise CircuitError(f"no equation gives '{shown(name)}'", help=did_you_mean(name, model.signals))
    model = replace(
        model,
        statements=tuple(replace(one, value=with_names_of_their_own(one.value)) for one in model.statements),
    )
    needed = _needed(model, chosen)
    known = shapes_of_statements(model, [number for number, one in enumerate(model.statements) if one.name in needed])
    components = [component for component in model.schedule if component.members[0] in known]
    work = tuple(_work(component, model, known, {}) for component in components)
    levels: dict[int, tuple[Level, ...]] = {}
    for one in work:
        levels |= _levels(one, ())
    margins = _margins(model, needed, known, levels)
    buffered = {
        name
        for name, axes in model.signals.items()
        if name in needed and axes and (any(map(any, margins[name])) or model.special.get(name))
    }
    for number, shapes in known.items():
        statement = model.statements[number]
        is_filled = not statement.ranges and _fills(model, statement, shapes)
        if statement.axes and (levels[number] or far_reads(model, statement) or not is_filled):
            buffered.add(statement.name)
    buffered |= _named_before(model, [number for one in work for number in one.members])
    buffered &= set(model.signals)
    bound = axes_bound(statement.value for statement in model.statements)
    made = Schedule(model, bound, chosen, needed, work, levels, margins, frozenset(buffered), _passed_on(model), known)
    _check_sizes(made)
    return made


def _named_before(model: Model, members: Sequence[int]) -> set[str]:
    """Return what statements in some order name before it is there: never read, as where no condition holds."""
    found: set[str] = set()
    given: set[str] = set()
    for number in members:
        statement = model.statements[number]
        reads = {node.data[0] for node in postorder([statement.value]) if node.operator == "read"}
        found |= reads - given
        given.add(statement.name)
    return found


def _has_lengths(statement: Statement) -> bool:
    """Say whether the length of an axis tells where a statement stands along another, or what it binds."""
    ends = [end for one in statement.ranges for end in one.ends if end != length(one.name)]
    ends += [end for node in postorder([statement.value]) if is_reduction(node) for end in node.data[0].ends]
    return any(axis_of_length(name) for end in ends for name, _ in end.terms)


def _looks_back(model: Model, domain: Domain, node: Expr) -> bool:
    """Say whether no place of a read lies behind that of its statement, along any axis."""
    name, indices = node.data
    for at, axis in zip(indices, model.axes_of(name), strict=True):
        if at.is_plain:
            if at.bound or at.base not in ("", axis) or at.offset > 0:
                return False
        elif at.form is None or axis not in domain.ranges or not domain.never_below(index(axis) - at.form):
            return False
    return True


# What takes the place of what -----------------------------------------------------------------------


def winners(model: Model, statement: Statement) -> list[Statement]:
    """Return the boundaries and pins that may give places of a statement's left side in its stead."""
    found = []
    for other in model.special.get(statement.name, ()):
        if other is statement:
            break
        # What stands on a range may stand off an edge as well.
        ranged = {one.name for one in statement.ranges}
        pairs = zip(statement.index, other.index, strict=True)
        if all(own.base in ranged or _may_be_one(own, its) for own, its in pairs):
            found.append(other)
    return found


def _may_be_one(own: Index, other: Index) -> bool:
    """Say whether a place of a left side can be that of another, for some length of the axis."""
    if own.moves or other.moves:
        return not (own.is_off_edge or other.is_off_edge)
    if own.base == other.base:
        return own.offset == other.offset
    return not (own.is_off_edge or other.is_off_edge)


def far_reads(model: Model, statement: Statement) -> dict[str, int]:
    """Return how long axes have to be for what a statement reads at fixed places: the farthest, by axis."""
    found = farthest_by_number(statement, model.axes_by_name, model.length_of)
    # Where the first place is read there are steps, or what is read instead is put nowhere.
    return {axis: place for axis, place in found.items() if place > 1}


# Loops ----------------------------------------------------------------------------------------------


def _work(
    component: Component[int], model: Model, known: Mapping[int, StatementShapes], inside: Mapping[str, bool]
) -> Task:
    """Return how a component is computed, inside loops that move along some axes, by wavefronts (True) or not."""
    if component.vector is None:
        (number,) = component.members
        return _single(number, model, known[number], inside)
    vector = {axis: entry for axis, entry in zip(model.axes, component.vector, strict=True) if entry}
    leads = dict(zip(component.members, component.offsets, strict=True))
    names = frozenset(model.statements[number].name for number in component.members)
    within = {**inside, **{axis: len(vector) > 1 or inside.get(axis, False) for axis in vector}}
    body = tuple(_work(part, model, known, within) for part in component.parts)
    return Loop(Level(vector, leads, names), body)


def _single(number: int, model: Model, known: StatementShapes, inside: Mapping[str, bool]) -> Task:
    """Return one statement, in loops of its own where it cannot be computed for all places at once.

    An opaque function takes the values of one place, and what has an unknown shape is never put in an array. On a
    wavefront, places of which some are given in another way are taken one by one too.
    """
    statement = model.statements[number]
    outside = [axis for axis in statement.axes if axis not in inside]
    by_places = model.shapes[statement.name] is None
    by_places |= any(node.operator == "call" or known.rank(node) is None for node in postorder([statement.value]))
    if any(inside.get(axis) for axis in statement.axes):
        whole = [position for position, at in enumerate(statement.index) if at.moves and at.base in outside]
        by_places |= any(not other.index[position].moves for other in winners(model, statement) for position in whole)
    work: Task = Single(number, by_places)
    for axis in reversed(outside if by_places else []):
        work = Loop(Level({axis: 1}, {number: 0}, frozenset({statement.name})), (work,))
    return work


def _levels(work: Task, outer: tuple[Level, ...]) -> dict[int, tuple[Level, ...]]:
    """Return the loops around each statement; it calls itself once per nested loop."""
    if isinstance(work, Single):
        return {work.number: outer}
    found: dict[int, tuple[Level, ...]] = {}
    for one in work.body:
        found |= _levels(one, (*outer, work.level))
    return found


def varying(model: Model, statement: Statement, known: StatementShapes, level: Level) -> set[int]:
    """Return the parts of a statement that are computed inside a loop, by identity; all others need it not."""
    found: set[int] = set()
    for node in postorder([statement.value]):
        inside = node.operator == "call" or known.rank(node) is None
        if node.operator == "read" and not inside:
            name, index = node.data
            inside = _is_computed(model, name, index, level)
        if inside or any(id(argument) in found for argument in node.arguments):
            found.add(id(node))
    return found


def _is_computed(model: Model, name: str, index: Sequence[Index], level: Level) -> bool:
    """Say whether what is read may be computed inside a loop, or not be there at all."""
    if any(at.is_plain and at.base == "" and at.offset >= 1 for at in index):
        # Where the axis is too short to have it, the loop has no turn.
        return True
    members = [model.statements[number] for number in level.leads if model.statements[number].name == name]
    if not members:
        return False
    if not all(at.is_plain for at in index):
        return True
    if any(at.is_off_edge for at in index):
        return any(one.is_boundary for one in members)
    exactly = [one for one in model.special.get(name, ()) if one.index == tuple(index)]
    return not exactly or any(at.moves for at in index) or any(one is exactly[0] for one in members)


# Margins --------------------------------------------------------------------------------------------


def _margins(
    model: Model, needed: Sequence[str], known: Mapping[int, StatementShapes], levels: Mapping[int, tuple[Level, ...]]
) -> dict[str, tuple[Margin, ...]]:
    """Return how many places off the edges a program has to keep of each name, axis by axis."""
    reach: dict[str, list[Margin]] = {
        name: [(0, 0) for _ in model.axes_of(name)] for name in needed if model.axes_of(name)
    }

    def note(name: str, position: int, before: Reached, after: Reached) -> None:
        """Note that so many places are kept before the first and after the last."""
        known_before, known_after = reach[name][position]
        reach[name][position] = farther(known_before, before), farther(known_after, after)

    for boundary in model.free:
        if boundary.name in reach:
            for box in boundary.boxes:
                for position, (first, _) in enumerate(box):
                    note(boundary.name, position, 1 - first, 0)
            for one in boundary.firsts:
                note(boundary.name, 0, whole(1) - one, 0)
    given = _boxes_of(model)
    for number, around in levels.items():
        statement = model.statements[number]
        domain = Domain(model, statement)
        ranged = {one.name for one in statement.ranges}
        for position, (at, axis) in enumerate(zip(statement.index, model.axes_of(statement.name), strict=True)):
            if at.is_off_edge:
                note(statement.name, position, *_fixed(at))
            elif at.moves and axis in ranged:
                own = domain.off_edges(index(axis), axis, with_lengths=True)
                if own is None:
                    raise NotImplementedError(f"where {statement.name} stands along {axis}")
                note(statement.name, position, *own)
        # Inside a loop along an axis, and where an inner place of it is given, the axis has a first place; wavefronts
        # may hold nothing.
        with_steps = {
            model.length_of[axis]
            for at, axis in zip(statement.index, model.axes_of(statement.name), strict=True)
            if (any([axis] == [*level.vector] for level in around) if at.moves else not at.is_off_edge)
        }
        numbers = _taken_one_by_one(model, statement, known[number], around)
        # What is read under a condition asks for no length.
        asking = {(read.name, read.index) for read in statement.reads if read.is_plain}
        for (name, indices), variables in numbers.items():
            for position, (at, axis) in enumerate(zip(indices, model.axes_of(name), strict=True)):
                if not at.is_plain or (at.moves and not at.bound and at.base in ranged):
                    # What lies too far off, or nobody knows how far, is looked at one by one.
                    note(name, position, *((at.base != BY_VALUE and _kept_of(domain, at, axis)) or (0, 0)))
                elif not at.moves:
                    before, after = _fixed(at)
                    if at.base == "" and (name, indices) not in asking:
                        after = max(0, at.offset)
                    is_there = at.base == "" and model.length_of[axis] in with_steps
                    note(name, position, before, 0 if is_there and after < 2 else after)
                elif at.bound or at.base not in variables:
                    # All places are read at once, also those where a pin makes the read superfluous.
                    note(name, position, -at.offset, at.offset)
                else:
                    own_position = next(place for place, one in enumerate(statement.index) if one.base == at.base)
                    for box in given[number]:
                        first, last = box[own_position]
                        note(name, position, 1 - first - at.offset, last + at.offset - _ENDLESS)
    return {name: tuple(sides) for name, sides in reach.items()}


def _boxes_of(model: Model) -> dict[int, list[Box]]:
    """Return boxes that hold the places of each statement on axes without an end.

    What stands on ranges may give any of its box, and takes nothing for certain from that of another.
    """
    lengths = dict.fromkeys(model.axes, _ENDLESS)
    found: dict[int, list[Box]] = {}
    whole_boxes = [number for number, statement in enumerate(model.statements) if not statement.ranges]
    cut = domains([model.statements[number] for number in whole_boxes], model.axes_by_name, lengths)
    found.update(zip(whole_boxes, cut, strict=True))
    for number, statement in enumerate(model.statements):
        if statement.ranges:
            box = box_given(statement, model.axes_of(statement.name), lengths)
            found[number] = [] if box is None else [box]
    return found


def _kept_of(domain: Domain, at: Index, axis: str) -> Margin | None:
    """Return how many places off the edges are kept for an index, None where the place of each is looked at."""
    return domain.off_edges(domain.place(at, axis), axis)


def _fixed(at: Index) -> tuple[int, int]:
    """Return how many places before the first and after the last a fixed index needs, on an axis of any length."""
    # With no steps the end is a place before the first, and the first a place past the end.
    if at.base == "":
        return max(0, 1 - at.offset), int(at.offset == 1)
    return (max(0, 1 - at.offset), max(0, at.offset)) if at.base == "end" else (0, 0)


def _taken_one_by_one(
    model: Model, statement: Statement, known: StatementShapes, around: Sequence[Level]
) -> dict[tuple[str, tuple[Index, ...]], set[str]]:
    """Return every read of a statement with the axes that it goes along in a loop, and not all at once."""
    found: dict[tuple[str, tuple[Index, ...]], set[str]] = {}
    nodes = list(postorder([statement.value]))
    inside = [varying(model, statement, known, level) for level in around]
    for node in nodes:
        for leaf in (node, *node.arguments) if node is statement.value else node.arguments:
            if leaf.operator == "read":
                # An operation that does not vary is computed before the loop, with all that it reads.
                depth = next((depth for depth, some in enumerate(inside) if id(node) not in some), len(around))
                axes = {axis for level in around[:depth] for axis in level.vector}
                found[leaf.data] = found.get(leaf.data, axes) & axes
    return found


# Names ----------------------------------------------------------------------------------------------


def varies_with(node: Expr, axis: str) -> bool:
    """Say whether a leaf depends on an axis of its statement."""
    if node.operator == "axis":
        return bool(node.data[0] == axis and not node.data[1])
    if node.operator == "read" and any(at.base == axis and not at.bound for at in node.data[1]):
        return True
    return axis in names_in(node)


def names_in(node: Expr) -> list[str]:
    """Return the names in the sums of a node itself: indices, lengths and sizes."""
    sums: list[Affine] = []
    if node.operator == "read":
        sums = [at.form for at in node.data[1] if at.form is not None]
    elif node.operator == "entry":
        sums = [at.form for at in places_of_entry(node) if at.form is not None]
    elif is_reduction(node):
        sums = list(node.data[0].ends)
    return [name for one in sums for name, _ in one.terms]


def shared_names(call: Expr) -> tuple[str, ...]:
    """Return the parameters that a call of an opaque function shares, those behind the `;`."""
    return tuple(argument.data for argument in call.arguments[call.data[1] :])


def _needed(model: Model, outputs: Sequence[str]) -> tuple[str, ...]:
    """Return the names that some signals depend on, themselves included."""
    sources: dict[str, set[str]] = {}
    for statement in model.statements:
        # What is never read, for no place meets a condition, stands there all the same.
        read = {node.data[0] for node in postorder([statement.value]) if node.operator == "read"}
        read |= set(statement.parameters)
        sources.setdefault(statement.name, set()).update(read)
    found: set[str] = set()
    waiting = list(outputs)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += sources.get(name, ())
    return tuple(name for name in (*model.inputs, *model.parameters, *model.signals) if name in found)


def _passed_on(model: Model) -> frozenset[str]:
    """Return the parameters that only opaque functions touch."""
    read = set()
    for statement in model.statements:
        values = [statement.value]
        for node in postorder([statement.value]):
            values += () if node.operator == "call" else node.arguments
        read |= {value.data for value in values if value.operator == "parameter"}
    return frozenset(name for name in model.parameters if model.shapes[name] is None and name not in read)


def _fills(model: Model, statement: Statement, known: StatementShapes) -> bool:
    """Say whether the right side already is a value for every step, of the shape of the left side."""
    shape = model.shapes[statement.name]
    reductions = [node.data[0] for node in postorder([statement.value]) if is_reduction(node)]
    if any(end.factor(axis) for one in reductions for end in one.ends for axis in statement.axes):
        # Its terms are others at each place.
        return False
    return (
        shape is not None
        and known.rank(statement.value) == len(shape)
        and all(any(varies_with(node, axis) for node in postorder([statement.value])) for axis in statement.axes)
    )


def in_order(derived: Sequence[Derived], given: AbstractSet[Size]) -> list[Derived]:
    """Return what follows from the given sizes, in an order in which it can be computed."""
    known = set(given)
    waiting = list(derived)
    found: list[Derived] = []
    while True:
        later = []
        for one in waiting:
            if all(isinstance(size, int) or size in known for size in one.sources):
                # Of two that are equal, one follows from the other.
                is_sum = one.cut is None and one.told is None and not one.greatest
                if not is_sum or Derived(one.parts[0], (one.size,)) not in found:
                    found.append(one)
                known.add(one.size)
            else:
                later.append(one)
        if len(later) == len(waiting):
            return found
        waiting = later


def _check_sizes(made: Schedule) -> None:
    """Refuse a size that no array of the caller can settle."""
    model = made.model
    given = {size for name in (*model.inputs, *model.parameters) for size in model.shapes.get(name) or ()}
    given |= {size for boundary in made.free for size in model.shapes.get(boundary.name) or ()}
    given |= {one.size for one in in_order(made.derived, given)}
    for name in made.needed:
        for size in model.shapes.get(name) or ():
            if isinstance(size, str) and size not in given:
                raise CircuitError(
                    f"nothing says how large '{shown(size)}' is: '{shown(name)}' is {spell(model.shapes[name])}",
                    help=f"declare '{shown(name)}' with a number, or give a parameter of that size",
                )
    for number in made.shapes:
        for node in postorder([model.statements[number].value]):
            for size in sizes_named(node):
                if size not in given and not is_fresh(size):
                    raise CircuitError(
                        f"nothing says how large '{shown(size)}' is",
                        help=f"write {shown(size)} = 4 in the equations, or declare an array of that size",
                    )
