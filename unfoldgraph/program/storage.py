"""How a generated function keeps its values: steps first, then the batch, then the shape of one value.

Arrays come in with the batch in front and leave so; what is filled step by step is allocated beforehand.
"""

from __future__ import annotations

from unfoldgraph.notation import shown
from unfoldgraph.program.lines import WIDTH, Block
from unfoldgraph.program.signature import Argument, Signature
from unfoldgraph.program.source import Writer


def make_room(signature: Signature, writer: Writer, body: Block) -> None:
    """Bring the arguments into their order, and allocate what is filled step by step.

    Both hold places before the first step where these are read; what the caller gives for them is put in.
    """
    plan = writer.plan
    for argument in signature.arguments:
        if argument.needed and argument.kind in ("input", "parameter"):
            _place_argument(argument, writer, body)
    for name in plan.model.signals:
        if name in plan.buffered:
            _allocate(name, writer, body)


def _place_argument(argument: Argument, writer: Writer, body: Block) -> None:
    """Move the steps of an input to the front; make what has no known shape whole for every sequence."""
    plan, public = writer.plan, writer.public[argument.name]
    rank, batch = plan.model.rank(argument.name), writer.words["batch"]
    if argument.kind == "parameter":
        if rank is None and argument.name not in plan.passed_on:
            body.add(f"{public} = _for_each({public}, None, {batch})")
        return
    lead = plan.lead[argument.name]
    # Opaque functions get an array for every sequence.
    if lead or rank is None or plan.functions:
        before = f", before={lead}" if lead else ""
        body.add(f"{public} = _whole({public}, {rank}, {batch}{before}){_where_it_begins(argument.name, writer)}")
        writer.full.add(argument.name)
    else:
        body.add(f"{public} = _time_first({public}, {rank}, {batch})")
    _fill_free(argument.name, writer, body)


def _allocate(name: str, writer: Writer, body: Block) -> None:
    plan, words = writer.plan, writer.words
    lead, shape = plan.lead[name], plan.model.shapes[name]
    length = f"{lead} + {words['steps']}" if lead else words["steps"]
    if shape is None:
        room = f"[np.zeros((), {words['dtype']})] * {f'({length})' if lead else length}"
    else:
        room = f"np.{'zeros' if lead else 'empty'}({writer.shape_text(shape, length)}, {words['dtype']})"
    body.add(f"{writer.public[name]} = {room}{_where_it_begins(name, writer)}")
    writer.full.add(name)
    _fill_free(name, writer, body)


def _where_it_begins(name: str, writer: Writer) -> str:
    """Return the comment on an array that holds several places before the first step."""
    lead = writer.plan.lead[name]
    return f"  # {writer.public[name]}[0] is {shown(name)}({1 - lead})" if lead > 1 else ""


def _fill_free(name: str, writer: Writer, body: Block) -> None:
    """Put what the caller gives for places before the first step where it belongs."""
    plan, public, batch = writer.plan, writer.public[name], writer.words["batch"]
    boundary = plan.model.free_by_name.get(name)
    if boundary is None:
        return
    argument, rank, lead = writer.public[boundary.argument], plan.model.rank(name), plan.lead[name]
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
        if not plan.is_over_axis(name):
            if shape is None:
                value = f"_of_any_shape({public}, {batch})"
            else:
                value = f"_for_batch({public}, {writer.shape_text(shape)}, {dtype})"
        else:
            lead = plan.lead[name]
            whole = f"{public}[{lead}:]" if lead else public
            if shape is None:
                value = f"_stacked({whole}, {batch}, {dtype})"
            else:
                value = f"_batch_first({whole}, {len(shape)}, {batch})" if writer.has_batch else whole
        items.append(f'"{public}": {value},')
    if len(items) == 1 and len(items[0]) < WIDTH - 30:
        body.add(f"return _Result({{{items[0][:-1]}}})")
        return
    with body.indented("return _Result({"):
        for item in items:
            body.add(item)
    body.add("})")
