"""A picture in words, for those who cannot see it.

`describe` puts the sentences together; what a view or an option adds to a picture has a function here that says it.
Names and places are written as in the equations, whatever the notation of the picture is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from unfoldgraph.algebra.expression import Index
from unfoldgraph.algebra.notation import binding_text, printed, read_text, text
from unfoldgraph.base.errors import listing, number
from unfoldgraph.drawing.graphs.cut import SINK, sources_of
from unfoldgraph.drawing.graphs.excerpt import around
from unfoldgraph.drawing.graphs.from_model import Assumed
from unfoldgraph.drawing.graphs.operations import Workings
from unfoldgraph.drawing.graphs.rolled import Cell, Link, Unfolded
from unfoldgraph.model.equations import FreeBoundary

__all__ = ["describe"]

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
# More given places than this are told by how many there are, and of more names the first.
_TOLD = 12
# So many variables and boundaries are told; whoever listens has lost the thread by then.
_PARTS = 24
#: What a view without the circuit shows.
_SHOWN = {"unfolded": "Unfolding", "cut": "One step"}
#: What each role is called, and more than one of it.
_KINDS = {
    "input": ("an input", "inputs"),
    "state": ("a state", "states"),
    "output": ("an output", "outputs"),
    "loss": ("a loss", "losses"),
}


def describe(
    cell: Cell,
    unfolded: Unfolded | None,
    lengths: Mapping[str, int] | None,
    view: str,
    fewer: Mapping[str, int] | None = None,
    workings: Sequence[Workings] = (),
    counts: Mapping[str, int] | None = None,
    assumed: Assumed | None = None,
    free: Sequence[FreeBoundary] = (),
) -> str:
    """Return the structure of a picture in sentences.

    Of the axes in ``fewer`` less steps are shown than usual; ``workings`` where it shows operations; ``counts`` tells
    how often all steps use each parameter; ``assumed`` is what nobody has told; ``free`` what the caller may give.
    """
    what = _SHOWN.get(view, "Circuit")
    sentences = [_dependences(cell, what), _kinds(cell), _directions(cell), _operations(workings)]
    if view == "cut" and unfolded is not None:
        sentences += _cut(unfolded)
    elif view != "circuit" and unfolded is not None:
        sentences += _unfolding(cell, unfolded, lengths, fewer or {}, {one.name for one in free})
        sentences += _assumed(assumed or Assumed())
        sentences += _values(cell, unfolded)
    sentences += _parameters(cell, counts)
    sentences += [f"{one.told}." for one in free]
    return " ".join(sentence for sentence in sentences if sentence)


def _dependences(cell: Cell, what: str) -> str:
    """Say what is shown, and in it what depends on what, variable by variable."""
    parts = []
    for variable in cell.variables:
        reads = [_read(cell, link) for link in cell.links if link.target == variable.name and link.is_usual]
        if reads:
            parts.append(f"{variable.text} depends on {_listed(reads, 'on ')}")
    special: dict[str, list[str]] = {}
    for link in cell.links:
        if not link.is_usual:
            special.setdefault(read_text(link.target, link.left.written or link.left.index), []).append(
                _read(cell, link)
            )
    parts += [f"{place} depends on {_listed(reads, 'on ')}" for place, reads in special.items()]
    if len(parts) > _PARTS:
        parts = [*parts[:_PARTS], f"and {number(len(parts) - _PARTS)} more depend on others"]
    inputs = [v.text for v in cell.variables if v.role == "input" and all(k.source != v.name for k in cell.links)]
    if inputs:
        parts.append(f"nothing reads {_listed(inputs)}")
    if not parts:
        parts = [f"{_listed([v.text for v in cell.variables])}, which nothing connects"]
    return f"{what}: {'; '.join(parts)}."


def _kinds(cell: Cell) -> str:
    """Say what the variables are, which the picture shows by outline and fill."""
    told = []
    for role, (one, several) in _KINDS.items():
        names = [variable.text for variable in cell.variables if variable.role == role]
        if names:
            told.append(f"{_listed(names)} {f'is {one}' if len(names) == 1 else f'are {several}'}")
    return f"{'; '.join(told)}." if told else ""


def _operations(workings: Sequence[Workings]) -> str:
    """Say by what operations each value comes about, the last one first, and of what parameters."""
    told: list[str] = []
    for own in workings:
        if len(told) == _PARTS:
            break
        names = Counter(part.name for part in reversed(own.parts) if part.role == "operation")
        if not names:
            continue
        times = [name if count == 1 else f"{name} {_times(count)}" for name, count in names.items()]
        parameters = list(dict.fromkeys(part.name for part in own.parts if part.role == "parameter"))
        kind = "parameters" if len(parameters) > 1 else "parameter"
        of = f" with the {kind} {_listed(parameters)}" if parameters else ""
        told.append(f"{read_text(own.name, own.left.written or own.left.index)} is the result of {_listed(times)}{of}")
    return f"Every operation is a node: {'; '.join(told)}." if told else ""


def _times(count: int) -> str:
    return "twice" if count == 2 else _count(count, "time")


def _directions(cell: Cell) -> str:
    """Say which axes there are, if there are several, and what runs backward along them."""
    sentences = []
    axes = cell.drawn_axes
    if len(axes) > 1:
        groups: dict[tuple[str, ...], list[str]] = {}
        for variable in cell.variables:
            groups.setdefault(variable.axes, []).append(variable.text)
        told = [
            f"{_listed(names)} {'runs' if len(names) == 1 else 'run'} over {_listed([printed(axis) for axis in own])}"
            for own, names in groups.items()
            if own
        ]
        sentences.append(f"{'; '.join(told)}.")
    backward = dict.fromkeys(
        (cell.variable(link.target).text, printed(axis))
        for link in cell.links
        for axis, delay in zip(cell.axes, link.towards, strict=True)
        if delay < 0 and link.source == link.target and not any(other > 0 for other in link.towards)
    )
    for name, axis in backward:
        sentences.append(f"{name} runs backward along {axis}.")
    return " ".join(sentences)


def _read(cell: Cell, link: Link) -> str:
    """Say one read: what, when, and through what."""
    source = cell.variable(link.source)
    several = len(cell.drawn_axes) > 1
    name = source.text
    if link.node is not None and not link.is_of_place:
        where = f" for {_listed(_stretches(link))}" if _stretches(link) else ""
        name = f"{'itself, ' if link.source == link.target else ''}{text(link.node, named=printed)}{where}"
    elif several and any(at.bound or not at.moves for at in link.index):
        name = f"{name}({', '.join(_place(at) for at in link.index)})"
    elif link.read == "end":
        name = f"{name}(end{link.index[0].offset or ''})"
    elif link.read == "fixed":
        name = f"{name}({link.index[0].offset})"
    elif link.read == "all":
        name = f"{name} at all steps"
    elif link.delayed:
        moves: dict[int, list[str]] = {}
        for axis, delay in zip(cell.axes, link.delay, strict=True):
            if delay:
                moves.setdefault(delay, []).append(printed(axis))
        told = [
            f"{_count(abs(delay), 'step')} {'before' if delay > 0 else 'after'}"
            + (f" along {_listed(axes)}" if several else "")
            for delay, axes in moves.items()
        ]
        name = f"{'itself' if link.source == link.target else name} {_listed(told)}"
    return f"{name} through {link.text}" if link.text else name


def _stretches(link: Link) -> list[str]:
    """Return what a link reads over: several where the same stands in several ranges."""
    told = [", ".join(binding_text(one) for one in read.within if one.ends) for read in link.reads]
    return [one for one in dict.fromkeys(told) if one]


def _place(at: Index) -> str:
    """Say one place of a read of several: ``i-1``, ``end``, ``every j``."""
    base = f"every {printed(at.base)}" if at.bound else printed(at.base)
    return f"{base}{at.offset:+d}" if base and at.offset else base or str(at.offset)


def _unfolding(
    cell: Cell,
    unfolded: Unfolded,
    lengths: Mapping[str, int] | None,
    fewer: Mapping[str, int],
    free: Collection[str],
) -> list[str]:
    """Say which steps are drawn, and what is given off the edges besides what the caller may give."""
    axes = cell.drawn_axes
    several = len(axes) > 1
    if lengths is None:
        if not axes:
            return []
        steps = "; at ".join(
            _listed(
                [f"{printed(axis)}{by:+d}" if by else printed(axis) for by in around(cell, axis, fewer.get(axis, 0))]
            )
            for axis in axes
        )
        return [f"Unfolded at {steps}, with what comes before and after."]
    told = []
    for axis in axes:
        steps = _count(lengths[axis], "step") + (f" of {printed(axis)}" if several else "")
        omitted = sum(column.omitted for column in unfolded.tracks[axis] if column.kind == "gap")
        are = "is" if omitted == 1 else "are"
        told.append(f"{steps}, of which {_count(omitted, 'step')} {are} left out" if omitted else steps)
    # Where steps are left out, commas say of which axis.
    over = "; and over ".join(told) if any("," in one for one in told) else " and ".join(told)
    sentences = [f"Unfolded over {over}."] if told else []
    computed = {connection.target for connection in unfolded.connections}
    edges = [(n, one) for n, one in enumerate(unfolded.instances) if one.role == "boundary" and one.name not in free]
    given = [one.text for n, one in edges if n not in computed]
    if len(given) > _TOLD:
        sentences.append(f"{number(len(given))} places are given, from {given[0]} to {given[-1]}.")
    elif given:
        sentences.append(f"{_listed(given)} {'is' if len(given) == 1 else 'are'} given.")
    return sentences


def _assumed(assumed: Assumed) -> Iterator[str]:
    """Say what nobody has told, which the picture would be another with."""
    if assumed.steps:
        yield "Which steps are read depends on how many there are, so this is an example."
    sizes = [f"{printed(name)} = {size}" for name, size in assumed.sizes.items()]
    if sizes:
        yield f"It is drawn for {listing(sizes)}: nobody said how large {'it is' if len(sizes) == 1 else 'they are'}."


def _parameters(cell: Cell, counts: Mapping[str, int] | None) -> list[str]:
    """Say which parameters are nodes, and who uses each how often; at every step where that is no number."""
    tails: dict[str, list[str]] = {}
    for parameter in cell.parameters:
        targets = [cell.variable(use.target).text for use in cell.uses if use.parameter == parameter.name]
        by = f"used by {_listed(targets)}"
        if counts is not None:
            count = counts[parameter.name]
            times = ("never", "once", "twice")[count] if count < 3 else _count(count, "time")
            by = f"used {times}, by {_listed(targets)}"
        tails.setdefault(by, []).append(parameter.text)
    told = [f"the same {_listed(names)} {'is' if len(names) == 1 else 'are each'} {by}" for by, names in tails.items()]
    return [f"Parameters as nodes: {'; '.join(told)}."] if told else []


def _values(cell: Cell, unfolded: Unfolded) -> list[str]:
    """Say what the nodes hold, of many those of the last step that is shown, and what the parameters do."""
    told = [i for i in unfolded.instances if i.value is not None and i.role != "boundary"]
    if len(told) > _TOLD:
        latest = {one.name: one for one in told}
        told = list(latest.values())[:_TOLD]
    listed = [f"{one.text} = {one.value.text}" for one in told if one.value is not None]
    sentences = [f"With the values {_listed(listed)}."] if listed else []
    given = [f"{one.text} = {unfolded.values[one.name].text}" for one in cell.parameters if one.name in unfolded.values]
    return [*sentences, f"Of the parameters {_listed(given)}."] if given else sentences


def _cut(unfolded: Unfolded) -> list[str]:
    """Say that the delays are cut, what comes from other steps, and what enters the delays."""
    sources = [instance.text for instance in sources_of(unfolded)]
    sinks = {n for n, instance in enumerate(unfolded.instances) if instance.role == SINK}
    if not sinks:
        return ["There is no delay to cut."]
    into = [one.source for one in unfolded.connections if one.target in sinks]
    entering = list(dict.fromkeys(unfolded.instances[source].text for source in into if source is not None))
    come = "another step comes" if len(sources) == 1 else "other steps come"
    delays = "a delay" if len(sinks) == 1 else "delays"
    return [
        f"Its delays are cut, and no cycle is left: from {come} {_listed(sources)}, "
        f"into {delays} {'goes' if len(entering) == 1 else 'go'} {_listed(entering)}."
    ]


def _count(count: int, what: str) -> str:
    """Return a number and its noun: ``"two steps"``."""
    word = _WORDS[count] if count < len(_WORDS) else number(count)
    return f"{word} {what}" if count == 1 else f"{word} {what}s"


def _listed(items: Sequence[str], before: str = "") -> str:
    """Return ``"a, b and c"``; `before` is repeated before each but the first: ``"on a and on b"``."""
    items = list(dict.fromkeys(items))
    if len(items) > _TOLD:
        items = [*items[: _TOLD - 1], f"{number(len(items) - _TOLD + 1)} others"]
    return listing(items[:1] + [before + item for item in items[1:]])
