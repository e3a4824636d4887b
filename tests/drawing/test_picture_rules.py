"""What a good picture has, checked on the written SVG of every test cell in every mode.

`svg_reading` reads the file back, `picture_rules` has the rules; neither shares geometry with the drawing. The
scene as JSON says what each label should read, and must agree with the SVG in its coordinates.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from generators.circuits import circuits, lattices, lengths_of, two_way
from generators.drawing_cells import BY_DELAYS, GALLERY, NAMES, cell, lengths, model, several_axes, unfolded
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from oracles import picture_rules
from oracles.picture_rules import Meaning, broken, lies_inside, loops_of, name_of
from oracles.svg_reading import NAMESPACE, Line, Picture, read_svg
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.base.files import MARK
from unfoldgraph.drawing.draw import draw
from unfoldgraph.drawing.formats.writers import WRITERS
from unfoldgraph.drawing.graphs.circuit import circuit_links
from unfoldgraph.drawing.graphs.rolled import Unfolded
from unfoldgraph.drawing.options import Options
from unfoldgraph.drawing.routing.labelled_edges import square_mark
from unfoldgraph.drawing.scene.scene import BlockArrow, Node, Scene
from unfoldgraph.drawing.views.canvas import instance_paths
from unfoldgraph.drawing.views.figure import axes_across, draw_scene

STEPS: dict[str, int | None] = {
    "symbolic": None, "none": 0, "two": 2, "four": 4, "hundred": 100, "circuit": 4, "alone": None, "bracket": None,
}  # fmt: skip
#: Of the two modes that differ least from "symbolic" every circuit has one.
CASES = [(name, mode) for n, name in enumerate(NAMES) for mode in STEPS if mode != ("alone", "bracket")[n % 2]]
# What reads the first step has one.
CASES.remove(("two-way-given", "none"))
CASES += [(name, mode) for name in BY_DELAYS for mode in ("symbolic", "gallery", "circuit")]
CASES += [(name, "hundred") for name in ("two-dimensional", "pascal", "rule-110", "encoder-decoder", "bidirectional")]
CASES += [(name, "none") for name in ("two-dimensional", "encoder-decoder", "deep-bidirectional")]
#: Time upward, and so wide: some circuits each, one in symbols and the next in numbers.
LATTICES = {"two-dimensional": "symbolic", "pascal": "gallery", "rule-110": "symbolic", "edit-distance": "gallery"}
CASES += [(name, ("symbolic up", "gallery up")[n % 2]) for n, name in enumerate(NAMES)]
CASES += [("three-delays", "symbolic up"), *((name, f"{word} up") for name, word in LATTICES.items())]
WIDTHS = {
    "symbolic 8.5cm": (
        "rnn-loss", "tdnn", "biquad", "fibonacci", "mutual", "long", "delays-3", "delays-scalar", "two-way",
        "time-delay", "stacked", "rule-110",
    ),
    "gallery 8.5cm": (
        "driven", "output-recurrence", "last-output", "encoder", "hmm", "first-input", "context", "ends", "delays-1-3",
        "delays-2-3", "delays-1-4", "delayed-input", "delayed-output", "two-way-given", "skip-connections", "pascal",
    ),
    "symbolic 12cm": ("total-loss", "names", "average"),
    "gallery 12cm": ("three-delays", "adam", "encoder", "context"),
}  # fmt: skip
CASES += [(name, mode) for mode, names in WIDTHS.items() for name in names]
# Decimals of the scene as JSON, of which texts in the SVG are put together from rounded parts.
_ROUNDED, _TEXT_ROUNDED = 0.011, 0.06


class Drawn(NamedTuple):
    """A picture with what is read back from its SVG, the scene as JSON, and what they are of."""

    svg: bytes
    picture: Picture
    scene: dict[str, Any]
    view: Unfolded | None
    meaning: Meaning
    links: tuple[Any, ...]
    marks: tuple[str, ...]


@lru_cache(maxsize=8)
def drawn(name: str, mode: str) -> Drawn:
    """Draw a circuit of `drawing_cells`, or one that is given by its text."""
    word, _, form = mode.partition(" ")
    shown = {"circuit": "circuit", "alone": "unfolded"}.get(word, "both")
    steps = GALLERY.get(name, 4) if word == "gallery" else STEPS[word]
    is_up = form == "up"
    if form and not is_up:
        drawing, view = sized(name, steps, form)
    else:
        view = None if shown == "circuit" else unfolded(name, steps)
        notation = "bracket" if word == "bracket" else "book"
        options = Options(view=shown, notation=notation, direction="up" if is_up else "right")
        drawing = draw_scene(cell(name), view, options)
    scene: dict[str, Any] = json.loads(WRITERS["json"](drawing))
    links = () if shown == "unfolded" else tuple(circuit_links(cell(name)))
    squares = {item["of"]: item for item in scene["items"] if item["kind"] == "delay"}
    edges = {item["id"]: item for item in scene["items"] if item["kind"] == "edge"}
    labelled = Counter(
        item["of"]
        for item in scene["items"]
        if item["kind"] == "text" and item["of"] in edges and not _in_square(item, squares.get(item["of"]))
    )
    several = several_axes(cell(name))
    axes = {variable.name: variable.axes for variable in cell(name).variables}

    def may_share(one: Line, other: Line) -> bool:
        """Say whether two edges are of one read between variables that run over different axes."""
        ends = [[name_of(end) if end else "" for end in (line.source, line.target)] for line in (one, other)]
        if not several or ends[0] != ends[1] or "" in ends[0] or one.id.startswith("e.c."):
            return False
        return edges[one.id]["delay"] == edges[other.id]["delay"] and axes[ends[0][0]] != axes[ends[0][1]]

    delays = tuple(link.delay for link in links if link.delayed)
    meaning = Meaning(axes, delays, labelled, may_share, is_up, not is_up and is_stacked(drawing))
    svg = WRITERS["svg"](drawing)
    # What is written beside the squares.
    marks = tuple(square_mark(cell(name), link)[1] for link in links)
    return Drawn(svg, read_svg(svg), scene, view, meaning, links, marks)


def sized(name: str, steps: int | Mapping[str, int] | None, width: str) -> tuple[Scene, Unfolded]:
    """Draw a circuit so wide; also return what of it is unfolded then: as many steps as there was space for."""
    drawing = draw(model(name), lengths(name, steps), width=width)
    shown = {item.path for item in drawing.items if isinstance(item, Node) and item.view == "unfolded"}
    across = axes_across(cell(name), "right")
    views = (unfolded(name, steps, dict.fromkeys(across, fewer)) for fewer in range(3))
    return drawing, next(view for view in views if {*instance_paths(cell(name), view)} == shown)


def is_stacked(drawing: Scene) -> bool:
    """Say whether the arrow between the views points down."""
    return any(isinstance(item, BlockArrow) and item.direction == (0, 1) for item in drawing.items)


def _in_square(text: Mapping[str, Any], square: Mapping[str, Any] | None) -> bool:
    return square is not None and abs(text["x0"] + text["x1"] - 2 * square["x"]) < 2 > abs(
        text["y0"] + text["y1"] - 2 * square["y"]
    )


def lost_labels(one: Drawn) -> Iterator[str]:
    """Every label that should be there is there and reads as it should."""
    items = one.scene["items"]
    texts = [item for item in items if item["kind"] == "text"]
    squares = {item["of"]: item for item in items if item["kind"] == "delay"}
    steps = sorted(tuple(square["steps"]) for square in squares.values())
    if steps != sorted(one.meaning.delays):
        yield f"squares of {steps}"
    wanted = sorted([*(link.text for link in one.links if link.label), *filter(None, one.marks)])
    found = [t["text"] for t in texts if t["of"].startswith("e.c.") and not _in_square(t, squares.get(t["of"]))]
    if sorted(found) != wanted:
        yield f"the circuit says {found}, not {wanted}"
    labelled = {text["of"]: text["text"] for text in texts}
    told = {text["text"]: text["of"] for text in texts}
    for n, connection in enumerate(one.view.connections if one.view else ()):
        # A stub into a gap has no room for a label, and all that is read at once needs it once.
        if connection.label and None not in (connection.source, connection.target):
            edge, other = one.picture.line[f"e.u.{n}"], one.picture.line.get(told.get(connection.text, ""))
            shared = other is not None and one.meaning.may_share(edge, other)
            if labelled.get(edge.id) != connection.text and not shared:
                yield f"{edge.id} does not say {connection.text}"
    for instance in one.view.instances if one.view else ():
        if instance.text not in told:
            yield f"{instance.text} is nowhere"


def disagreements(one: Drawn) -> Iterator[str]:
    """The SVG and the JSON show the same at the same places."""
    items: dict[str, list[dict[str, Any]]] = {}
    for item in one.scene["items"]:
        items.setdefault(item["kind"], []).append(item)
    texts = items.get("text", [])
    if [len(items.get(kind, ())) for kind in ("node", "edge", "delay")] != [
        len(found) for found in (one.picture.nodes, one.picture.lines, one.picture.squares)
    ] or len(texts) != len(one.picture.labels):
        yield "not as many items"
        return
    for text, label in zip(texts, one.picture.labels, strict=True):
        box = (text["x0"], text["y0"], text["x1"], text["y1"])
        if max(abs(a - b) for a, b in zip(box, label.box, strict=True)) > _TEXT_ROUNDED:
            yield f"the box of {text['text']} of {text['of']}: {box}, {label.box}"
    for item in items.get("node", []):
        node = one.picture.node[item["id"]]
        if (item["x"], item["y"], item["rx"], item["ry"]) != (node.x, node.y, node.rx, node.ry):
            yield f"the place of {node.id}"
    for item in items.get("edge", []):
        line = one.picture.line[item["id"]]
        end = tuple(float(n) for n in item["path"].split()[-2:])
        if (item["source"], item["target"]) != (line.source, line.target) or math.dist(end, line.tip) > _ROUNDED:
            yield f"the ends of {line.id}"


def unsound(one: Drawn) -> Iterator[str]:
    """The file is a whole image in itself: it has its words, refers to what is in it, and runs nothing."""
    root = ElementTree.fromstring(one.svg)
    title, description, _, page = root[:4]
    if MARK.encode() not in one.svg[:200]:
        yield "the mark is missing"
    if (title.tag, description.tag, root.attrib["role"]) != (f"{NAMESPACE}title", f"{NAMESPACE}desc", "img"):
        yield "it is no image with words"
    if (description.text or "") != one.scene["description"]:
        yield "its words are others"
    if root.attrib["viewBox"] != f"0 0 {one.scene['width']} {one.scene['height']}":
        yield "its size is another"
    if page.attrib["fill"] != "#ffffff":
        yield "the page is not white"
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    prefix = title.attrib["id"].removesuffix("title")
    known = {*ids}
    if len(ids) != len(known) or not all(name.startswith(prefix) for name in ids):
        yield "ids are not of this picture alone"
    for element in root.iter():
        tag = element.tag.removeprefix(NAMESPACE)
        if "style" in element.attrib or tag == "script":
            yield f"{tag} has a style or is a script"
        for name in ("href", "data-of", "data-from", "data-to"):
            if element.get(name, ids[0]).removeprefix("#") not in known:
                yield f"{name} of {tag} is {element.get(name)}"


def problems(one: Drawn) -> list[str]:
    """Return all that is wrong with a picture."""
    return [*broken(one.picture, one.meaning), *lost_labels(one), *disagreements(one), *unsound(one)]


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_a_picture_keeps_the_rules(name: str, mode: str) -> None:
    assert not problems(drawn(name, mode))


@pytest.mark.parametrize("name", [*(n for n in NAMES if "delays" in n), "biquad", "fibonacci"])
def test_loops_of_one_node_nest_on_one_side(name: str) -> None:
    one = drawn(name, "circuit")
    delays = [link.delay for link in one.links]
    for centre, loops in loops_of(one.picture):
        for (inner, area), (outer, around) in pairwise(loops):
            assert lies_inside(centre, area, around)
            assert delays[int(inner.id[4:])] <= delays[int(outer.id[4:])]


@pytest.mark.parametrize("mode", ["symbolic", "four", "circuit"])
def test_the_labels_of_a_fan_stand_in_a_row(mode: str) -> None:
    one = drawn("lstm", mode)
    rows: dict[str, list[float]] = {}
    for label in one.picture.labels:
        line = one.picture.line.get(label.of)
        if line is not None and name_of(line.source) == "x":
            rows.setdefault(line.source, []).append((label.box[1] + label.box[3]) / 2)
    assert rows
    for row in rows.values():
        # The ink of letters is not centred alike.
        assert len(row) == 4 and max(row) - min(row) < 1.5


def test_the_label_of_a_trunk_stands_before_its_first_branch() -> None:
    one = drawn("encoder-decoder", "gallery")
    (text,) = (t for t in one.scene["items"] if t["kind"] == "text" and t["text"] == "R" and t["of"].startswith("e.u."))
    firsts = [node.x for node in one.picture.nodes if node.id.startswith("u.s.") and node.id != "u.s.0"]
    assert one.picture.node["u.C"].x < text["x0"] and text["x1"] < min(firsts)


def check_unless_crowded(text: str, mode: str) -> None:
    """Check any circuit; some are too crowded to be drawn, and say so."""
    try:
        one = drawn(text, mode)
    except CircuitError as error:
        assert "no room" in error.message or "no way around" in error.message
    else:
        assert not problems(one)


# What is found is told as it is: to make it smaller would take as long as all the rest.
_ANY: dict[str, Any] = {
    "phases": [Phase.generate],
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}


@examples(10, **_ANY)
@given(circuits(), st.sampled_from(["four", "symbolic"]))
def test_any_circuit_keeps_the_rules(text: str, mode: str) -> None:
    check_unless_crowded(text, mode)


@examples(6, **_ANY)
@given(lattices(), st.sampled_from(["two", "circuit"]))
def test_any_lattice_keeps_the_rules(text: str, mode: str) -> None:
    if lengths_of(Circuit(text), (2, 2)) is not None:
        check_unless_crowded(text, mode)


@examples(6, **_ANY)
@given(two_way(), st.sampled_from(["four", "symbolic"]))
def test_what_runs_backward_keeps_the_rules(text: str, mode: str) -> None:
    check_unless_crowded(text, mode)


# --- that the rules can fail ----------------------------------------------------------------

BASE = "two-delays"
Root = ElementTree.Element
Change = Callable[[Root], None]


def find(root: Root, tag: str, key: str, name: str) -> ElementTree.Element:
    """Return the element of a kind that has an id, or belongs to one."""
    return next(e for e in root.iter(NAMESPACE + tag) if e.get(key, "").endswith(f"-{name}"))


def shift(found: ElementTree.Element, dx: float, dy: float) -> None:
    """Move what has attributes for its place."""
    for keys, by in ((("x", "cx"), dx), (("y", "cy"), dy)):
        for key in keys:
            if key in found.attrib:
                found.set(key, str(float(found.attrib[key]) + by))


def move(tag: str, key: str, name: str, dx: float, dy: float) -> Change:
    """Return a change that moves one element, of a text all glyphs."""

    def change(root: Root) -> None:
        found = find(root, tag, key, name)
        for part in (found, *found):
            shift(part, dx, dy)

    return change


def text_to(of: str, node: str, dx: float, dy: float) -> Change:
    """Return a change that moves a text of one glyph to a node, so far from its centre."""

    def change(root: Root) -> None:
        (use,) = find(root, "g", "data-of", of)
        centre = find(root, "ellipse", "id", node)
        use.set("x", str(float(centre.attrib["cx"]) + dx))
        use.set("y", str(float(centre.attrib["cy"]) + dy))

    return change


def remove(tag: str, key: str, name: str) -> Change:
    """Return a change that leaves an element out."""
    return lambda root: root.remove(find(root, tag, key, name))


def head(root: Root, edge: str) -> ElementTree.Element:
    """Return the arrowhead of an edge, which follows it."""
    found = list(root)
    return found[found.index(find(root, "path", "id", edge)) + 1]


def move_head(edge: str, dx: float, dy: float) -> Change:
    """Return a change that moves an arrowhead."""

    def change(root: Root) -> None:
        found = head(root, edge)
        points = (point.split(",") for point in found.attrib["points"].split())
        found.set("points", " ".join(f"{float(x) + dx},{float(y) + dy}" for x, y in points))

    return change


def straighten(edge: str) -> Change:
    """Return a change that makes an edge a straight line."""

    def change(root: Root) -> None:
        found = find(root, "path", "id", edge)
        numbers = found.attrib["d"].split()
        found.set("d", " ".join([*numbers[:3], "L", *numbers[-2:]]))

    return change


def crop(root: Root) -> None:
    """Make the picture narrower than what is in it."""
    _, _, width, height = root.attrib["viewBox"].split()
    root.set("viewBox", f"0 0 {float(width) - 20} {height}")


def twin(root: Root) -> None:
    """Draw one edge a second time, two units below."""
    found, arrow = find(root, "path", "id", "e.u.1"), head(root, "e.u.1")
    root.append(ElementTree.Element(found.tag, found.attrib | {"id": f"{BASE}-e.u.99"}))
    root.append(ElementTree.Element(arrow.tag, arrow.attrib))
    root[-2].set("d", re.sub(r"([\d.]+) ([\d.]+)", lambda m: f"{m[1]} {float(m[2]) + 2:.2f}", found.attrib["d"]))


def cross_loops(root: Root) -> None:
    """Make the outer of two loops narrower than the inner one, though not lower."""
    inner, outer = (find(root, "path", "id", edge).attrib["d"] for edge in ("e.c.0", "e.c.1"))
    far, narrow = (max(float(x) for x in re.findall(r"([\d.]+) [\d.]+", path)) for path in (outer, inner))
    find(root, "path", "id", "e.c.1").set("d", outer.replace(f"{far:g}", f"{narrow - 20:g}"))


def thread(root: Root) -> None:
    """Lead an edge over the arrowhead of another."""
    x, y = head(root, "e.u.9").attrib["points"].split()[0].split(",")
    found = find(root, "path", "id", "e.u.8")
    found.set(
        "d",
        found.attrib["d"].replace(" L ", f" L {float(x) - 20} {float(y) + 4} L {float(x) + 20} {float(y) + 4} L ", 1),
    )


#: What is done to a good picture, the rule that must notice, and a word of what it says.
BAD: dict[str, tuple[Change, Callable[..., Any], str]] = {
    "a label on its edge": (move("g", "data-of", "e.u.1", 0, 9), picture_rules.labels_touch_nothing, "edge e.u.1"),
    "a label on an outline": (move("g", "data-of", "e.u.1", -26, 8), picture_rules.labels_touch_nothing, "outline"),
    "a label on another": (text_to("e.u.9", "u.x.2", 0, 4), picture_rules.labels_touch_nothing, "on the text of e.u.9"),
    "a label inside a node": (text_to("e.c.3", "c.x", -5, -8), picture_rules.labels_touch_nothing, "inside c.x"),
    "a label on a square": (move("g", "data-of", "e.c.0", -9, 0), picture_rules.labels_touch_nothing, "the square"),
    "a label on a head": (move("g", "data-of", "e.u.9", -3, -22), picture_rules.labels_touch_nothing, "head of e.u.9"),
    "a name beside its node": (
        move("g", "data-of", "u.x.2", 0, 20), picture_rules.labels_are_where_they_belong, "not inside",
    ),
    "a label left out": (remove("g", "data-of", "e.u.1"), picture_rules.labels_are_where_they_belong, "0 labels"),
    "a node without a name": (remove("g", "data-of", "u.x.2"), picture_rules.labels_are_where_they_belong, "0 labels"),
    "a label between two edges": (
        move("g", "data-of", "e.u.9", 25, 0), picture_rules.labels_are_nearest_to_their_own_edge, "near to e.u.18",
    ),
    "two labels side by side": (
        move("g", "data-of", "e.u.13", 0, -30), picture_rules.labels_are_nearest_to_their_own_edge, "e.u.13 and e.u.6",
    ),
    "an edge through a node": (straighten("e.u.4"), picture_rules.edges_pass_no_node, "through u.h.0"),
    "a head beside its node": (move_head("e.u.1", 0, 30), picture_rules.edges_touch_their_ends, "misses u.h.2"),
    "a head short of its node": (move_head("e.u.1", -3, 0), picture_rules.edges_touch_their_ends, "misses u.h.2"),
    "a node off its edges": (move("ellipse", "id", "u.x.2", 0, 3), picture_rules.edges_touch_their_ends, "u.x.2"),
    "a node out of its column": (
        move("ellipse", "id", "u.x.2", 0.5, 0), picture_rules.columns_and_rows_are_exact, "crooked",
    ),
    "a node out of its row": (move("ellipse", "id", "u.x.2", 0, 0.5), picture_rules.columns_and_rows_are_exact, "row"),
    "a node upon another": (move("ellipse", "id", "u.x.2", 0, -50), picture_rules.nodes_stand_apart, "u.h.2"),
    "a cropped picture": (crop, picture_rules.nothing_is_cropped, "u.h.4 is cropped"),
    "a square left out": (remove("rect", "data-of", "e.c.0"), picture_rules.squares_stand_free, "1 squares"),
    "a square off its edge": (
        move("rect", "data-of", "e.c.0", 14, 0), picture_rules.squares_stand_free, "e.c.0 is not on it",
    ),
    "two edges as one line": (twin, picture_rules.no_two_edges_are_one_line, "e.u.99 on e.u.1"),
    "two edges at one point": (twin, picture_rules.edges_meet_apart, "at one point"),
    "an edge over a head": (thread, picture_rules.arrowheads_stand_free, "e.u.8 over the head of e.u.9"),
    "loops that cross": (cross_loops, picture_rules.loops_nest, "does not lie inside"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_is_noticed(name: str) -> None:
    change, rule, word = BAD[name]
    one = drawn(BASE, "four")
    root = ElementTree.fromstring(one.svg)
    assert not list(rule(one.picture, one.meaning))
    change(root)
    assert any(word in problem for problem in rule(read_svg(ElementTree.tostring(root)), one.meaning))


@pytest.mark.parametrize(
    ("sound", "other", "word"),
    [
        (MARK, "Written", "mark"),
        ('role="img"', 'role="none"', "no image"),
        ("</desc>", "words</desc>", "words are others"),
        ('viewBox="0 0', 'viewBox="0 1', "size"),
        ('fill="#ffffff"/>', 'fill="#fffffe"/>', "not white"),
        (f'id="{BASE}-c.x"', f'id="{BASE}-c.h"', "not of this picture alone"),
        (f'id="{BASE}-c.x"', 'id="c.x"', "not of this picture alone"),
        ("<ellipse ", '<ellipse style="fill: red" ', "style"),
        ("<ellipse ", "<script/><ellipse ", "script"),
        (f'href="#{BASE}', 'href="https://example.org/', "href"),
        (f'data-to="{BASE}-u.h.2"', f'data-to="{BASE}-u.h.9"', "data-to"),
    ],
)
def test_an_unsound_file_is_noticed(sound: str, other: str, word: str) -> None:
    one = drawn(BASE, "four")
    assert not list(unsound(one)) and sound.encode() in one.svg
    changed = one._replace(svg=one.svg.replace(sound.encode(), other.encode(), 1))
    assert any(word in problem for problem in unsound(changed))


@pytest.mark.parametrize(("mode", "along"), [("gallery up", (0, 1)), ("gallery 9cm", (1, 0))])
def test_what_is_crooked_upward_or_one_above_the_other_is_noticed(mode: str, along: tuple[int, int]) -> None:
    one = drawn(BASE, mode)
    assert one.meaning.is_up != one.meaning.is_stacked
    for (dx, dy), word in ((along, "crooked"), (along[::-1], "not on one row")):
        root = ElementTree.fromstring(one.svg)
        shift(find(root, "ellipse", "id", "u.x.1"), 0.5 * dx, 0.5 * dy)
        found = list(picture_rules.columns_and_rows_are_exact(read_svg(ElementTree.tostring(root)), one.meaning))
        assert found and all(word in problem for problem in found)


def test_a_line_along_that_of_another_source_is_noticed_where_there_are_two_axes() -> None:
    rule = picture_rules.no_stretch_is_shared
    one = drawn("two-dimensional", "gallery")
    meaning = picture_rules.Meaning(one.meaning.axes)
    assert not list(rule(one.picture, meaning))
    root = ElementTree.fromstring(one.svg)
    own = next(path for path in root.iter("{http://www.w3.org/2000/svg}path") if "-e.u." in path.get("id", ""))
    others = {path.get("data-from", "") for path in root.iter() if path.get("data-from")}
    change = {"id": f"{own.attrib['id']}9999", "data-from": max(others - {own.attrib["data-from"]})}
    root.append(ElementTree.Element(own.tag, own.attrib | change))
    root.append(list(root)[list(root).index(own) + 1])
    assert any("runs along" in problem for problem in rule(read_svg(ElementTree.tostring(root)), meaning))


def test_every_rule_has_a_bad_picture() -> None:
    assert {rule for _, rule, _ in BAD.values()} | {picture_rules.no_stretch_is_shared} == {*picture_rules.RULES}
