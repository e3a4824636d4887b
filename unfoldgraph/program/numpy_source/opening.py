"""What a generated function does first: check its arguments, find the sizes, the batch and the number of steps.

It is written last, when it is known what the rest of the function uses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.algebra.shapes import Size
from unfoldgraph.model.regions import Asked, lengths_asked
from unfoldgraph.program.numpy_source.lines import WIDTH, Block, identifiers, quoted, tuple_text, wrapped
from unfoldgraph.program.numpy_source.signature import Argument, Signature
from unfoldgraph.program.numpy_source.source import Writer
from unfoldgraph.program.schedule import in_order, winners
from unfoldgraph.program.statement_shapes import Derived, Least


def write_opening(signature: Signature, writer: Writer, work: Sequence[str]) -> list[str]:
    """Return the lines that check the arguments and define what the lines of the work use."""
    words = writer.words
    found, places = Block(), Block()
    _number_places(places, signature, writer, identifiers(work))
    used = identifiers([*places.lines, *work])
    _find_steps(found, signature, writer, used)
    if signature.takes_lengths:
        _part_by_length(found, signature, writer)
    found.lines += places.lines
    late = signature.late
    sizes = Block()
    named = [size for argument in late for size in _expected(signature, argument, late)]
    _find_sizes(sizes, signature, writer, identifiers([*found.lines, *work, *named]))
    if not late:
        found.lines += sizes.lines
    used = identifiers([*found.lines, *work])
    block = Block()
    for argument in signature.arguments:
        if argument.kind == "function" and argument.needed:
            name = signature.public[argument.name]
            with block.indented(f"if not {words['callable']}({name}):"):
                block.add(f'raise {words["TypeError"]}("{name}: expected a function")')
    if late:
        early = [argument for argument in signature.arrays if argument not in late]
        given = [f"{signature.public[a.name]}={_with_shape(signature, a, ())}" for a in early]
        block.comment("A number may stand for an array whose size follows from the other arrays.")
        block.add(f"_, {words['sizes']}, _, _ = _arrays({', '.join([*given, *_marks(signature, early)])})")
        block.lines += sizes.lines
    if signature.arrays:
        _check_arrays(block, signature, words, used)
    return [*block.lines, *found.lines]


def _check_arrays(block: Block, signature: Signature, words: Mapping[str, str], used: AbstractSet[str]) -> None:
    public, arrays = signature.public, signature.arrays
    taken = [public[argument.name] for argument in arrays if argument.needed]
    results = [words["arrays"] if taken else "_"]
    results += [words[word] if words[word] in used else "_" for word in ("sizes", "batch", "dtype")]
    late = signature.late
    shapes = [_with_shape(signature, argument, late) for argument in arrays]
    names = [public[argument.name] for argument in arrays]
    if signature.takes_lengths and not signature.plan.only_looks_back:
        pairs = [f'"{name}": {shape}' for name, shape in zip(names, shapes, strict=True)]
        block.add(f"{words['given']} = {{{', '.join(pairs)}}}")
        given = [f"**{words['given']}"]
    else:
        given = [f"{name}={shape}" for name, shape in zip(names, shapes, strict=True)]
    block.add(f"{', '.join(results)} = _arrays({', '.join([*given, *_marks(signature, arrays)])})")
    if not taken:
        return
    targets = ", ".join(taken) if len(taken) > 1 else f"[{taken[0]}]"
    line = f"{targets} = {words['arrays']}"
    if len(line) <= WIDTH - 4:
        block.add(line)
    else:
        block.add("[")
        block.lines += wrapped(", ".join(taken) + ",", "        ", "        ")
        block.add(f"] = {words['arrays']}")


def _marks(signature: Signature, arrays: Sequence[Argument]) -> list[str]:
    """Return which arrays may be scalars or be left out, as the generated check takes it."""
    public = signature.public
    scalars = [f'"{public[a.name]}"' for a in arrays if a.needed and signature.may_be_scalar(a)]
    optional = [f'"{public[a.name]}"' for a in arrays if not a.needed]
    marks = [f"_scalars={tuple_text(scalars)}"] if scalars else []
    return [*marks, f"_optional={tuple_text(optional)}"] if optional else marks


def _with_shape(signature: Signature, argument: Argument, late: Sequence[Argument]) -> str:
    """Return an argument with its shape, as the generated check takes it."""
    return tuple_text([signature.public[argument.name], *_expected(signature, argument, late)])


def _expected(signature: Signature, argument: Argument, late: Sequence[Argument]) -> list[str]:
    """Return the shape of an argument as the generated check takes it; of what comes late the sizes are known."""
    over = [size if size.isdigit() else f'"{size}"' for size in signature.over(argument)]
    shape = signature.plan.model.shapes[argument.owner]
    if shape is None:
        return [*over, "..."]
    quote = str if argument in late else quoted
    return [*over, *(quote(signature.sizes[size]) if isinstance(size, str) else str(size) for size in shape)]


def _find_steps(block: Block, signature: Signature, writer: Writer, used: AbstractSet[str]) -> None:
    """Write how long the axes are, and that what is read at fixed places exists."""
    words, plan = writer.words, signature.plan
    far = _fixed_reads(signature)
    named = identifiers(condition for condition, _ in far)
    taken = signature.takes_steps
    given = {axis for a in signature.arrays if a.kind == "input" for axis in plan.model.axes_of(a.name)}
    given = {plan.model.length_of[axis] for axis in given}
    for axis in plan.model.own_axes:
        name = signature.lengths[axis]
        key = f'{words["sizes"]}["{name}"]'
        if axis in taken:
            # An input that is not needed may say it, too.
            others = [quoted(one) for one in taken if one != axis]
            steps = f"_number_of_steps({', '.join(['steps', 'lengths', quoted(axis), *others])})"
            if axis in given:
                block.add(f"{name} = {key} if {quoted(name)} in {words['sizes']} else {steps}")
            else:
                block.add(f"{name} = {steps}")
        elif name in used | named or (signature.takes_lengths and axis in given):
            block.add(f"{name} = {key}" if signature.counts is None else f"{name} = {signature.counts[axis]}")
    for condition, told in far:
        with block.indented(f"if {condition}:"):
            block.add(f'raise {words["ValueError"]}(f"{told}")')


def _names(axes: Sequence[str]) -> str:
    return tuple_text([quoted(axis) for axis in axes])


def _number_places(block: Block, signature: Signature, writer: Writer, used: AbstractSet[str]) -> None:
    """Write the arrays of the numbers of the places of each axis."""
    words = writer.words
    for axis, name in writer.places.items():
        if name in used:
            length = writer.lengths[axis]
            numbers = f"np.arange(1, {length} + 1, dtype={words['dtype']})"
            shape = f".reshape({length}, *[1] * {words['len']}({words['batch']}))" if signature.has_batch else ""
            what = "the number of each step" if len(writer.places) == 1 else f"the numbers of {shown(axis)}"
            block.add(f"{name} = {numbers}{shape}  # {what}")


def _part_by_length(block: Block, signature: Signature, writer: Writer) -> None:
    """Write what is done where sequences have lengths of their own.

    All are computed together where what is beyond the end of one changes nothing, else those of equal lengths.
    """
    words, plan, public = writer.words, signature.plan, signature.public
    axes = [axis for axis in plan.model.own_axes if axis in signature.takes_steps or axis in plan.lengths_used]
    length = signature.lengths
    over = {
        name: tuple_text([quoted(plan.model.length_of[axis]) for axis in plan.model.axes_of(name)])
        for name in plan.outputs
    }
    results = ", ".join(f"{quoted(public[name])}: {axes_of}" for name, axes_of in over.items())
    batch = words["batch"]
    with block.indented("if lengths is not None:"):
        if plan.only_looks_back:
            # What is not needed may have a batch all the same.
            given = [a for a in signature.arguments if a.needed or a in signature.arrays]
            passed = [f"{public[a.name]}={public[a.name]}" for a in given]
            if signature.takes_steps:
                told = ", ".join(f"{quoted(axis)}: {length[axis]}" for axis in signature.takes_steps)
                passed.append(f"steps={{{told}}}" if len(plan.model.own_axes) > 1 else "steps=steps")
            wholes = ", ".join(f"{quoted(axis)}: {length[axis]}" for axis in axes)
            block.comment("What comes after the end of a sequence changes nothing before it.")
            block.add(f"{words['found']} = {signature.function}({', '.join(passed)})")
            block.add(f"return _cut_off({words['found']}, lengths, {{{wholes}}}, {batch}, {{{results}}})")
            return
        wholes = ", ".join(f"{quoted(axis)}: ({quoted(length[axis])}, {length[axis]})" for axis in axes)
        arguments = [signature.function, "lengths", f"{{{wholes}}}"]
        arguments += [words["given"] if signature.arrays else "{}", batch, f"{{{results}}}"]
        others = [public[a.name] for a in signature.arguments if a not in signature.arrays and a.needed]
        if others:
            arguments.append(f"others={{{', '.join(f'{quoted(name)}: {name}' for name in others)}}}")
        if signature.takes_steps:
            arguments.append(f"steps_of={_names(signature.takes_steps)}")
        block.add(f"return _by_length({', '.join(arguments)})")


def _fixed_reads(signature: Signature) -> list[tuple[str, str]]:
    """Return the conditions under which a fixed place is read that does not exist, and what is said of it then."""
    plan = signature.plan
    model = plan.model
    needed = {id(model.statements[number]) for number in plan.members}
    found: dict[tuple[str, str], None] = {}
    for asked in lengths_asked(model.statements, model.axes_by_name, model.length_of):
        if id(asked.statement) in needed:
            steps = "step" if asked.place == 1 else "steps"
            steps += "" if len(plan.model.own_axes) == 1 else f" of {shown(asked.axis)}"
            written, length = read_text(asked.read.name, asked.read.index), signature.lengths[asked.axis]
            told = f"{written} is read: expected at least {asked.place} {steps}, got {{{length}}}"
            found[_condition(signature, asked), told] = None
    return list(found)


def _condition(signature: Signature, asked: Asked) -> str:
    """Return the condition under which a statement gives a value and an axis lacks a place that it reads."""
    model, words = signature.plan.model, signature.lengths
    statement = asked.statement
    here = asked.where.get(asked.axis, 0)
    lower = "" if not here else "0 < " if here == 1 and not statement.is_pin else f"{here} <= "
    others = [f"{words[axis]} >= {least}" for axis, least in asked.where.items() if axis != asked.axis and least]
    for other in winners(model, statement):
        pairs = list(zip(statement.index, other.index, model.axes_of(statement.name), strict=True))
        fixed = [(own, at, its) for own, at, its in pairs if not at.moves and own != at]
        if not any(own.moves for own, _, _ in fixed):
            # A number and a place from the end are one where the axis is so long.
            told = [f"{words[its]} == {abs(own.offset - at.offset)}" for own, at, its in fixed]
            others.append(f"not ({' and '.join(told)})" if len(told) > 1 else told[0].replace("==", "!="))
    return " and ".join([f"{lower}{words[asked.axis]} < {asked.place}", *others])


def _find_sizes(block: Block, signature: Signature, writer: Writer, used: AbstractSet[str]) -> None:
    """Write what the sizes are, and what they must satisfy."""
    words, late = writer.words, signature.late
    least: dict[str, Least] = {}
    for need in (need for shapes in signature.plan.shapes.values() for need in shapes.least):
        if need.size not in least or need.least > least[need.size].least:
            least[need.size] = need
    wanted = [size for size, name in signature.sizes.items() if name in used]
    arrays = [a for a in signature.arguments if a.kind != "function" and a not in late]
    given = {size for a in arrays for size in signature.plan.model.shapes[a.owner] or ()}
    derived = _derivations(signature, given, {*wanted, *least})
    parts = [size for one in derived for size in (*one.sources, one.size) if isinstance(size, str)]
    known = [size for size in dict.fromkeys([*wanted, *least, *parts]) if size in given]
    names = [signature.sizes[size] for size in known]
    keys = [f'{words["sizes"]}["{name}"]' for name in names]
    line = f"{', '.join(names)} = {', '.join(keys)}"
    if known and len(line) <= WIDTH - 4:
        block.add(line)
    else:
        for name, key in zip(names, keys, strict=True):
            block.add(f"{name} = {key}")
    defined = set(given)
    for one in derived:
        name = signature.sizes[one.size] if isinstance(one.size, str) else str(one.size)
        value = _computed(one, writer)
        if one.size in defined or isinstance(one.size, int):
            with block.indented(f"if {name} != {value}:"):
                told = f"expected {name} = {value} = {{{value}}}, got {{{name}}}"
                block.add(f'raise {words["ValueError"]}(f"{told}")')
        else:
            block.add(f"{name} = {value}")
            defined.add(one.size)
    for need in least.values():
        name = signature.sizes[need.size]
        written = need.written.replace("{", "").replace("}", "")
        with block.indented(f"if {name} < {need.least}:"):
            told = f"{written}: expected {name} of at least {need.least}, got {{{name}}}"
            block.add(f'raise {words["ValueError"]}(f"{told}")')


def _derivations(signature: Signature, given: AbstractSet[Size], used: AbstractSet[Size]) -> list[Derived]:
    """Return how the sizes that are used follow from the given ones, and what is to be checked, in order."""
    settled, needed = set(given), set(used)
    found: list[tuple[Derived, bool]] = []
    for one in in_order(signature.plan.derived, given):
        found.append((one, one.size in settled or isinstance(one.size, int)))
        settled.add(one.size)
    kept = []
    for one, is_check in reversed(found):
        if is_check or one.size in needed:
            kept.append(one)
            needed.update(one.sources, [one.size])
    return kept[::-1]


def _computed(one: Derived, writer: Writer) -> str:
    """Return a size that follows from others as source."""
    parts = [writer.size(part) for part in one.parts]
    if one.cut is None:
        return " + ".join(parts)
    words = writer.words
    if not parts:
        return f"{words['len']}({words['range']}({', '.join(writer.bounds(one.cut, '0'))}))"
    return f"{words['len']}({words['range']}({parts[0]})[{writer.slice_text(one.cut)}])"
