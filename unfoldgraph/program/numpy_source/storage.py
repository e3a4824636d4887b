"""How a generated function keeps its values: axes first, then the batch, then the shape of one value.

Arrays come in with the batch in front and leave so; what is filled step by step is allocated beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.notation import read_text
from unfoldgraph.program.numpy_source.lines import WIDTH, Block, sum_text, tuple_text
from unfoldgraph.program.numpy_source.signature import Argument, Signature
from unfoldgraph.program.numpy_source.source import Scope, Writer, indexed
from unfoldgraph.program.schedule import Margin, far_reads


def make_room(signature: Signature, writer: Writer, body: Block) -> None:
    """Bring the arguments into their order, and allocate what is filled step by step.

    Both hold places off the edges where these are read; what the caller gives for them is put in.
    """
    plan = writer.plan
    for argument in signature.arguments:
        if argument.needed and argument.kind in ("input", "parameter"):
            _place_argument(argument, writer, body)
    for name in plan.model.signals:
        if name in plan.buffered:
            _allocate(name, writer, body)


def _place_argument(argument: Argument, writer: Writer, body: Block) -> None:
    """Move the axes of an input to the front; make what has no known shape whole for every sequence."""
    plan, public = writer.plan, writer.public[argument.name]
    rank, batch = plan.model.rank(argument.name), writer.words["batch"]
    if argument.kind == "parameter":
        if rank is None and argument.name not in plan.passed_on:
            body.add(f"{public} = _for_each({public}, None, {batch})")
        return
    margins = plan.margins[argument.name]
    axes = f", axes={len(margins)}" if len(margins) > 1 else ""
    # Opaque functions get an array for every sequence.
    if any(map(any, margins)) or rank is None or plan.functions:
        room = "".join(f", {word}={_told_once(numbers)}" for word, numbers in _sides(margins) if any(numbers))
        begins = _where_it_begins(argument.name, writer)
        body.add(f"{public} = _whole({public}, {rank}, {batch}{room}{axes}){begins}")
        writer.full.add(argument.name)
    else:
        body.add(f"{public} = _time_first({public}, {rank}, {batch}{axes})")
    _fill_free(argument.name, writer, body)


def _sides(margins: Sequence[Margin]) -> list[tuple[str, list[int]]]:
    """Return how many places are kept before and after those of each axis."""
    return [("before", [before for before, _ in margins]), ("after", [after for _, after in margins])]


def _told_once(numbers: Sequence[int]) -> str:
    """Return some numbers as source: the one of a single axis, or a tuple."""
    return str(numbers[0]) if len(numbers) == 1 else tuple_text([str(number) for number in numbers])


def _allocate(name: str, writer: Writer, body: Block) -> None:
    plan, words = writer.plan, writer.words
    margins, shape = plan.margins[name], plan.model.shapes[name]
    lengths = []
    for axis, (before, after) in zip(plan.model.axes_of(name), margins, strict=True):
        length = f"{before} + {writer.lengths[axis]}" if before else writer.lengths[axis]
        lengths.append(sum_text(length, after))
    if shape is None:
        room = f"[np.zeros((), {words['dtype']})]"
        for position, length in reversed(list(enumerate(lengths))):
            if position == len(lengths) - 1:
                room += f" * ({length})" if " " in length else f" * {length}"
            else:
                room = f"[{room} for _ in {words['range']}({length})]"
    else:
        zeros = any(map(any, margins)) or any(
            far_reads(plan.model, one) for one in plan.model.statements if one.name == name and one.is_equation
        )
        room = f"np.{'zeros' if zeros else 'empty'}({writer.shape_text(shape, lengths)}, {words['dtype']})"
    body.add(f"{writer.public[name]} = {room}{_where_it_begins(name, writer)}")
    writer.full.add(name)
    _fill_free(name, writer, body)


def _where_it_begins(name: str, writer: Writer) -> str:
    """Return the comment on an array that holds several places before the first step."""
    befores = [before for before, _ in writer.plan.margins[name]]
    if max(befores) < 2:
        return ""
    first = ", ".join("0" for _ in befores)
    return f"  # {writer.public[name]}[{first}] is {read_text(name, [Index('', 1 - before) for before in befores])}"


def _fill_free(name: str, writer: Writer, body: Block) -> None:
    """Put what the caller gives for places before the first step where it belongs."""
    plan, public, batch = writer.plan, writer.public[name], writer.words["batch"]
    boundary = plan.model.free_by_name.get(name)
    if boundary is None:
        return
    argument, rank = writer.public[boundary.argument], plan.model.rank(name)
    ((lead, _),) = plan.margins[name]
    if boundary.count == 1:
        place = boundary.boxes[0][0][0]
        given = argument if rank is not None else f"_for_each({argument}, None, {batch})"
        body.add(f"{public}[{lead + place - 1}] = {given}")
        return
    if rank is not None:
        given = f"_time_first({argument}, {rank}, {batch})"
    elif name in plan.model.inputs:
        given = f"_places({argument}, {public}, {batch})"
    else:
        given = f"_whole({argument}, None, {batch})"
    if len(boundary.boxes) > 1:
        body.add(f"{argument} = {given}")
    start = 0
    for ((first, last),) in boundary.boxes:
        size = last - first + 1
        part = given if size == boundary.count else f"{argument}[{start or ''}:{start + size}]"
        body.add(f"{public}[{lead + first - 1 or ''}:{lead + last}] = {part}")
        start += size


def write_return(writer: Writer, body: Block) -> None:
    """Write the statement that returns the results."""
    plan, batch, dtype = writer.plan, writer.words["batch"], writer.words["dtype"]
    body.add()
    items = []
    for name in plan.outputs:
        public, shape = writer.public[name], plan.model.shapes[name]
        axes = plan.model.axes_of(name)
        if not axes:
            if shape is None:
                value = f"_of_any_shape({public}, {batch})"
            else:
                value = f"_for_batch({public}, {writer.shape_text(shape)}, {dtype})"
        else:
            places = [
                writer.place(Index(axis), axis, margin) for axis, margin in zip(axes, plan.margins[name], strict=True)
            ]
            if shape is None:
                lengths = f", {tuple_text([writer.lengths[axis] for axis in axes])}" if len(axes) > 1 else ""
                value = f"_stacked({_rows(public, places)}, {batch}, {dtype}{lengths})"
            else:
                whole, _ = indexed(public, [(place, None) for place in places], Scope(Block()))
                several = f", axes={len(axes)}" if len(axes) > 1 else ""
                value = f"_batch_first({whole}, {len(shape)}, {batch}{several})" if writer.has_batch else whole
        items.append(f'"{public}": {value},')
    if len(items) == 1 and len(items[0]) < WIDTH - 30:
        body.add(f"return _Result({{{items[0][:-1]}}})")
        return
    with body.indented("return _Result({"):
        for item in items:
            body.add(item)
    body.add("})")


def _rows(name: str, places: Sequence[str]) -> str:
    """Return the places of lists of lists that are not off an edge."""
    whole = name if places[0] == ":" else f"{name}[{places[0]}]"
    if set(places[1:]) <= {":"}:
        return whole
    return f"[{_rows('row', places[1:])} for row in {whole}]"
