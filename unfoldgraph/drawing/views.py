"""Which columns, nodes and edges the unfolded view has, for symbolic and for numeric time."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from unfoldgraph.drawing.cell import (
    Cell,
    Column,
    Connection,
    Instance,
    Link,
    Unfolded,
    Variable,
)

__all__ = ["ELIDED_ABOVE", "numeric", "symbolic"]

#: More steps than this are elided: the first few, a gap, the last two.
ELIDED_ABOVE = 8
_LAST = 2


class _Builder:
    """Collects instances and connections; finds an instance by variable and place."""

    def __init__(self, columns: list[Column]) -> None:
        self.columns = columns
        self.instances: list[Instance] = []
        self.connections: list[Connection] = []
        self.at: dict[tuple[str, int | None], int] = {}

    def add(self, instance: Instance, place: int | None) -> None:
        self.at[instance.name, place] = len(self.instances)
        self.instances.append(instance)

    def connect(self, source: int | None, target: int | None, link: Link, dashed: bool) -> None:
        self.connections.append(Connection(source, target, link, dashed))

    def finished(self) -> Unfolded:
        return Unfolded(tuple(self.columns), tuple(self.instances), tuple(self.connections))


def _plain(variable: Variable) -> str:
    return variable.text


def _without_axes(cell: Cell, builder: _Builder, last: int) -> None:
    """Values without axes: at the last step, or above all steps if they read all of them."""
    everywhere = {k.target for k in cell.links if k.read == "all"}
    everywhere |= {k.source for k in cell.links if not cell.variable(k.source).axes and cell.variable(k.target).axes}
    for variable in cell.variables:
        if not variable.axes:
            column = -1 if variable.name in everywhere else last
            builder.add(
                Instance(variable.name, (), column, variable.role, "", _plain(variable)),
                None,
            )


def _join_values(cell: Cell, builder: _Builder, places: list[int], last: int, gap: bool) -> None:
    """Edges to and from values without axes, and reads of one fixed place."""
    for link in cell.links:
        source_axes, target_axes = (
            cell.variable(link.source).axes,
            cell.variable(link.target).axes,
        )
        if source_axes and target_axes:
            continue
        if not source_axes and not target_axes:
            builder.connect(
                builder.at[link.source, None],
                builder.at[link.target, None],
                link,
                False,
            )
        elif source_axes:
            chosen = places if link.read == "all" else [last]
            if link.read == "fixed":
                chosen = [next((p for p in places if (link.source, p) in builder.at), last)]
            for place in chosen:
                if (link.source, place) in builder.at:
                    builder.connect(
                        builder.at[link.source, place],
                        builder.at[link.target, None],
                        link,
                        False,
                    )
            if gap and link.read == "all":
                builder.connect(None, builder.at[link.target, None], link, True)
        else:
            for place in places:
                if (link.target, place) in builder.at:
                    builder.connect(
                        builder.at[link.source, None],
                        builder.at[link.target, place],
                        link,
                        False,
                    )


def symbolic(cell: Cell) -> Unfolded:
    """``h(…) h(t-1) h(t) h(t+1) h(…)``, and ``h(tau)`` after it if anything reads the end."""
    ends = any(link.read in ("end", "all") for link in cell.links)
    columns = [
        Column("dots", -2),
        *(Column("step", p) for p in (-1, 0, 1)),
        Column("dots", 2),
    ]
    if ends:
        columns.append(Column("step", 3))
    axis = cell.axes[0] if cell.axes else "t"
    words = {-1: f"{axis}-1", 0: axis, 1: f"{axis}+1", 3: "\u03c4"}
    latex = {-1: f"({axis}-1)", 0: f"({axis})", 1: f"({axis}+1)", 3: r"(\tau)"}
    column_of = {column.place: n for n, column in enumerate(columns)}
    steps = [p for p in words if p in column_of]

    builder = _Builder(columns)
    lines = [k for k in cell.links if k.read == "delay" and k.steps and cell.variable(k.target).axes]
    for variable in cell.variables:
        if not variable.axes:
            continue
        for place in list(column_of):
            text = _plain(variable)
            if place in words:
                shown = Instance(
                    variable.name, (words[place],), column_of[place], variable.role, latex[place],
                    f"{text}({words[place]})",
                )  # fmt: skip
                builder.add(shown, place)
            elif any(
                (k.source == variable.name and place + k.steps in steps)
                or (k.target == variable.name and place - k.steps in steps)
                for k in lines
                if k.steps
            ):
                shown = Instance(
                    variable.name,
                    ("\u2026",),
                    column_of[place],
                    "ellipsis",
                    r"(\ldots)",
                    f"{text}(\u2026)",
                    True,
                )
                builder.add(shown, place)
    _without_axes(cell, builder, len(columns) - 1 if ends else 3)

    def together(one: int, other: int) -> bool:
        # tau is not t+3: it is next to its own dots and to nothing else.
        return one in column_of and other in column_of and not (max(one, other) == 3 and min(one, other) < 2)

    for link in cell.links:
        if link.read != "delay" or not (cell.variable(link.source).axes and cell.variable(link.target).axes):
            continue
        for place in list(column_of):
            source = place - link.steps
            if not link.steps:
                if place in words:
                    builder.connect(
                        builder.at[link.source, place],
                        builder.at[link.target, place],
                        link,
                        False,
                    )
            elif together(source, place) and (place in words or source in words):
                dashed = place not in words or source not in words
                builder.connect(
                    builder.at[link.source, source],
                    builder.at[link.target, place],
                    link,
                    dashed,
                )
            elif place in words:
                builder.connect(None, builder.at[link.target, place], link, True)
        for place in steps:
            # The right-most step before the end has no future to point to.
            if link.steps and not together(place, place + link.steps) and not (ends and place == 3):
                builder.connect(builder.at[link.source, place], None, link, True)
    _join_values(cell, builder, steps, 3 if ends else 1, ends)
    return builder.finished()


def numeric(
    cell: Cell,
    steps: int,
    pins: Mapping[str, Collection[int]] | None = None,
    absent: Collection[tuple[str, int]] = (),
) -> Unfolded:
    """Steps 1 to ``steps`` with the given values that they read off the edges.

    ``pins`` are the places, by variable, that a statement of their own gives
    (``s(1) = s1``): nothing leads into them. ``absent`` are places off an edge
    that are not to be drawn although they are read.
    """
    pins = pins or {}
    wide = sum(1 for v in cell.variables if v.axes) > 5
    first = 3 if wide else 4
    if steps > ELIDED_ABOVE:
        shown = [*range(1, first + 1), *range(steps - _LAST + 1, steps + 1)]
    else:
        shown = list(range(1, steps + 1))
    present = set(shown)
    moving = [
        k for k in cell.links
        if k.read == "delay" and cell.variable(k.source).axes and cell.variable(k.target).axes
    ]  # fmt: skip
    given: dict[int, set[str]] = {}
    for link in moving:
        for place in shown:
            source = place - link.steps
            if place in pins.get(link.target, ()) or 1 <= source <= steps or (link.source, source) in absent:
                continue
            given.setdefault(source, set()).add(link.source)

    columns: list[Column] = []
    for place in sorted(present | set(given)):
        if columns and steps > ELIDED_ABOVE and place == steps - _LAST + 1:
            columns.append(Column("gap", first + 1, steps - first - _LAST))
        elif columns and place - columns[-1].place > 1:
            columns.append(Column("gap", columns[-1].place + 1, place - columns[-1].place - 1))
        columns.append(Column("step" if place in present else "boundary", place))
    column_of = {column.place: n for n, column in enumerate(columns) if column.kind != "gap"}

    builder = _Builder(columns)
    for variable in cell.variables:
        if not variable.axes:
            continue
        for place, column in column_of.items():
            pinned = place in pins.get(variable.name, ())
            if place in present or variable.name in given.get(place, ()):
                role = "boundary" if pinned or place not in present else variable.role
                shown_text = f"{_plain(variable)}({place})"
                builder.add(
                    Instance(variable.name, (place,), column, role, f"({place})", shown_text),
                    place,
                )
    _without_axes(cell, builder, column_of[steps] if steps in column_of else len(columns) - 1)

    for link in moving:
        for place in shown:
            source = place - link.steps
            if place not in pins.get(link.target, ()):
                if (link.source, source) in builder.at:
                    builder.connect(
                        builder.at[link.source, source],
                        builder.at[link.target, place],
                        link,
                        False,
                    )
                elif 1 <= source <= steps:
                    builder.connect(None, builder.at[link.target, place], link, True)
            target = place + link.steps
            if link.steps and 1 <= target <= steps and target not in present:
                builder.connect(builder.at[link.source, place], None, link, True)
    _join_values(cell, builder, shown, steps, steps > ELIDED_ABOVE)
    return builder.finished()
