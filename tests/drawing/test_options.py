"""Every option of a picture: exactly what it changes, what it adds and what it takes away, over several pictures.

What an option means is tested where it is done; here is what it leaves as it is. A row that allows too much fails
as one that allows too little does: each of its words is found in one of its pictures at least.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Set
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
import pytest
from generators.circuits import arrays
from generators.drawing_cells import HUNDRED, INDEXED, PICTURES, picture
from support.tools import tool

from unfoldgraph import Circuit
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.options import BACKGROUNDS, OPTIONS, Options
from unfoldgraph.drawing.scene.scene import DOTS, BlockArrow, Edge, Frame, Item, Node, Scene, Square, Text
from unfoldgraph.drawing.scene.themes import THEMES
from unfoldgraph.formula.options import NOTATIONS

# What each option does -----------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """What an option does, at least in one of some pictures, and does in none of them beside.

    Attributes:
        values: By picture the values that the option is given there.
        changes: Aspects of what is there with the option and without it, as `of_item` and `of_scene` name them.
        adds: Kinds of what is there only with the option, as `known` and `keyed` name them.
        loses: Kinds of what is there only without it.
        kept_by: Formats in which the first of the pictures stays the same, to the byte.
    """

    option: str
    values: Mapping[str, tuple[Any, ...]]
    changes: Set[str]
    adds: Set[str] = frozenset()
    loses: Set[str] = frozenset()
    kept_by: Set[str] = frozenset()


def each(pictures: Iterable[str], *values: Any) -> dict[str, tuple[Any, ...]]:
    return dict.fromkeys(pictures, values)


def data(name: str) -> dict[str, Any]:
    circuit, options = PICTURES[name]
    return arrays(Circuit.gallery(circuit), options["steps"], 3)


ROWS: dict[str, Row] = {
    "theme": Row("theme", each(["numbers", "loss"], *THEMES), {"theme"}, kept_by={"json"}),
    "background": Row("background", each(["numbers"], *BACKGROUNDS), {"background"}, kept_by={"tex", "html", "json"}),
    # What is read aloud, and what JSON says in plain characters, is as in the equations.
    "notation": Row(
        "notation",
        each([f"{name} in {word}" for word in ("numbers", "symbols") for name in INDEXED], *NOTATIONS[1:]),
        {"label", "place", "size", "page", "order"},
        kept_by={"mermaid"},
    ),
    "direction": Row(
        "direction",
        each(["numbers", "loss", "apart", "delays", "lattice", "elided", *(f"{n}, 100 steps" for n in HUNDRED)], "up"),
        {"place", "page", "order", "dots"},
        kept_by={"mermaid"},
    ),
    "legend": Row("legend", each(PICTURES, True), {"page"}, adds={"legend"}, kept_by={"mermaid"}),
    "highlight": Row(
        "highlight",
        {**each(["numbers", "loss", "elided", "backward", "apart", "delays"], "h"), "lattice": ("D",)},
        {"emphasis", "order", "description"},
    ),
    "wavefronts": Row("wavefronts", each(["lattice"], True), {"description"}, adds={"wavefront"}, kept_by={"dot"}),
    "values": Row(
        "values",
        {name: (data(name),) for name in ("numbers", "backward", "lattice")},
        {"place", "size", "page", "description"},
        adds={"value"},
    ),
    "sizes": Row(
        "sizes",
        each(["a range"], {"M": 2}, {"M": 1}, {"M": 4}),
        {"place", "page", "description"},
        adds={"unfolded"},
        loses={"unfolded"},
    ),
    "parameters": Row(
        "parameters",
        {**each(["numbers", "backward", "elided"], "nodes"), "loss": ("nodes", "W", "W,b")},
        {"place", "page", "description"},
        adds={"parameter"},
        loses={"label"},
    ),
    "parameters that tell two reads of one value apart": Row(
        "parameters", each(["apart"], "nodes"), {"place", "page", "description"}, {"parameter"}, {"label", "circuit"}
    ),
    "width that there is": Row(
        "width",
        each(["four steps"], "20cm", "300mm", "10in", "2000pt", "100000px"),
        {"resolution"},
        kept_by={*WRITERS} - {"png"},
    ),
    "width that there is not": Row(
        "width",
        each(["eight steps"], "16cm", "14cm"),
        {"place", "size", "page", "scale", "resolution", "description"},
        adds={"unfolded", "gap"},
        loses={"unfolded", "label"},
    ),
    "show": Row(
        "show",
        each(["eight steps"], "1-3,8", "7"),
        {"place", "page", "description"},
        adds={"unfolded", "gap"},
        loses={"unfolded", "label"},
    ),
    "time of steps": Row("time", each(["numbers"], "numeric"), set(), kept_by={*WRITERS}),
    "time without": Row("time", each(["loss"], "symbolic"), set(), kept_by={*WRITERS}),
    "view of the circuit": Row(
        "view",
        each(["numbers", "loss", "backward", "lattice", "elided"], "circuit"),
        {"place", "page", "description"},
        loses={"unfolded", "label", "arrow", "gap"},
    ),
    "view of the steps": Row(
        "view",
        each(["numbers", "loss", "lattice", "elided"], "unfolded"),
        {"place", "page", "description"},
        loses={"circuit", "square", "label", "arrow"},
    ),
    "view of one step": Row(
        "view",
        each(["numbers", "loss", "lattice"], "cut"),
        {"page", "description"},
        adds={"cut", "label"},
        loses={"circuit", "unfolded", "square", "label", "arrow"},
    ),
    "detail": Row(
        "detail",
        each(["numbers", "loss"], "operations"),
        {"place", "page", "description"},
        adds={"circuit", "unfolded", "operation", "parameter", "square", "frame"},
        loses={"circuit", "unfolded", "square", "label"},
    ),
    "layout": Row("layout", each(["operations"], "graphviz"), {"place", "page"}, kept_by={"mermaid"}),
}


def with_option(name: str, option: str, value: Any) -> Scene:
    if option == "layout":
        tool("dot")
    # Arrays and dictionaries cannot be looked up by their value.
    return (picture.__wrapped__ if option in ("values", "sizes") else picture)(name, **{option: value})


@pytest.mark.parametrize("name", ROWS)
def test_an_option_changes_what_it_says(name: str) -> None:
    row = ROWS[name]
    found: tuple[dict[str, str], ...] = ({}, {}, {})
    for shown, values in row.values.items():
        for value in values:
            differences = compared(picture(shown), with_option(shown, row.option, value))
            for known, words in zip(found, differences, strict=True):
                known.update(dict.fromkeys(words, f"{shown}, {value}"))
    # In a failure each word has a picture where it was found.
    assert tuple(map(set, found)) == (row.changes, row.adds, row.loses), found


@pytest.mark.parametrize("name", ROWS)
def test_formats_keep_what_an_option_does_not_change_for_them(name: str) -> None:
    row = ROWS[name]
    shown, (*_, value) = next(iter(row.values.items()))
    scenes = picture(shown), with_option(shown, row.option, value)
    # What looks otherwise has ids of its own.
    files = [[write(scene).replace(scene.name.encode(), b"") for write in WRITERS.values()] for scene in scenes]
    assert {format_ for format_, one, other in zip(WRITERS, *files, strict=True) if one == other} == row.kept_by


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_nothing_that_was_not_asked_for(name: str) -> None:
    kinds = {kind for kind, _ in keyed(picture(name))}
    assert kinds <= {"circuit", "unfolded", "cut", "label", "square", "arrow", "gap"}


def test_every_option_has_a_row_and_every_choice_is_tried() -> None:
    assert {row.option for row in ROWS.values()} == {field.name for field in fields(Options)}
    tried = {
        (row.option, value)
        for row in ROWS.values()
        for values in row.values.values()
        for value in values
        if isinstance(value, str)
    }
    for name, option in OPTIONS.items():
        default = getattr(Options(), name)
        assert {(name, value) for value in option.values if value not in (default, "own")} <= tried


# What a picture is, so that it can be compared -----------------------------------------------------------------------

#: What an item is to the picture, and which of its kind.
Key = tuple[str, Hashable]


def keyed(scene: Scene) -> dict[Key, Item]:
    """Return the items of a picture by keys that are those of the same items in another picture of the circuit.

    The ids of edges are counted in each picture, so that an edge is known by its ends; a text by what it is of.
    """
    found: dict[Key, Item] = {}
    owners: dict[str, tuple[Item, Key]] = {}
    seen: Counter[Key] = Counter()
    # What belongs to others is named after them.
    for item in sorted(scene.items, key=lambda item: isinstance(item, Text | Square)):
        kind, name = known(item, owners)
        seen[kind, name] += 1
        key = kind, (name, seen[kind, name])
        if isinstance(item, Text) and seen[kind, name] > 1 and isinstance(owners.get(item.of, (None,))[0], Node):
            key = "value", (name, seen[kind, name])
        found[key] = item
        if isinstance(item, Node | Edge | Frame):
            owners[item.id] = item, key
    return found


def known(item: Item, owners: Mapping[str, tuple[Item, Key]]) -> Key:
    """Return the kind of an item and its name among those, one name for several that only their order tells apart."""
    if isinstance(item, Node):
        return item.role if item.role in ("parameter", "operation", "constant") else item.view, item.id
    if isinstance(item, Edge):
        kind = "parameter" if item.role == "parameter" else item.view
        return kind, (item.view, item.source, item.target, item.delay)
    if isinstance(item, Frame):
        return "legend" if item.view == "legend" else "frame", item.id
    if isinstance(item, BlockArrow):
        return "arrow", ""
    owner, (kind, name) = owners.get(item.of, (None, (item.of, "text")))
    if item.of.startswith("legend"):
        return "legend", (item.of, isinstance(item, Square))
    if isinstance(item, Square):
        return "square", name
    if item.numbers:
        return "wavefront", item.numbers
    if isinstance(owner, Edge):
        # Any of several may be left out.
        return "label", (name, item.text, item.inverse)
    return "arrow" if kind == "unfold" else kind, (name, "text")


class Near(tuple[float, ...]):
    """Numbers, equal to others but for what moving them makes of their last digits."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Near) and len(self) == len(other) and np.allclose(self, other, rtol=0, atol=1e-6)


def of_item(item: Item) -> Iterator[tuple[str, object]]:
    """Yield what there is to say of an item, aspect by aspect."""
    if isinstance(item, Node):
        yield "what", (item.view, item.name, item.index, item.role, item.shape)
        yield "place", (item.x, item.y)
        yield "size", (item.rx, item.ry)
    elif isinstance(item, Edge):
        yield "what", (item.view, item.dashed, item.head, item.role, item.leads_to)
        yield "place", item.path
    elif isinstance(item, Square):
        yield "what", item.steps
        yield "place", (item.x, item.y)
        yield "size", item.size
    elif isinstance(item, Text):
        x0, y0, _, _ = item.label.box
        yield "place", item.label.box
        if item.text in DOTS:
            yield "dots", item.text
        else:
            yield "text", (item.text, item.inverse)
            glyphs = item.label.glyphs
            yield "label", (item.label.latex, *((one.glyph.key, one.scale) for one in glyphs))
            yield "label", Near(at for one in glyphs for at in (one.x - x0, one.y - y0))
    else:
        yield "place", item
    yield "emphasis", getattr(item, "emphasis", "")


def of_scene(scene: Scene) -> Iterator[tuple[str, object]]:
    """Yield what there is to say of a picture beside its items."""
    yield "title", scene.title
    yield "description", scene.description
    yield "page", (scene.width, scene.height)
    yield "scale", scene.scale
    yield "resolution", scene.resolution
    yield "theme", scene.theme
    yield "background", scene.is_opaque


def compared(before: Scene, after: Scene) -> tuple[set[str], set[str], set[str]]:
    """Return what has changed of what both pictures have, and the kinds of what was added and of what was lost."""
    old, new = keyed(before), keyed(after)
    both = old.keys() & new.keys()
    pairs = [(of_scene(before), of_scene(after)), *((of_item(old[key]), of_item(new[key])) for key in both)]
    changes = {one[0] for pair in pairs for one, other in zip(*pair, strict=True) if one != other}
    ids = {id(item): key for items in (old, new) for key, item in items.items()}
    orders = [[ids[id(item)] for item in scene.items if ids[id(item)] in both] for scene in (before, after)]
    if orders[0] != orders[1]:
        changes.add("order")
    return changes, {kind for kind, _ in new.keys() - old.keys()}, {kind for kind, _ in old.keys() - new.keys()}
