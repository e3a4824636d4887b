"""What a good picture has: each rule returns what is wrong with a picture, in words.

All is measured on the written SVG, see `svg_reading`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from oracles.svg_reading import Array, Box, Label, Line, Outline, Picture, box_of, joined

#: Labels keep this far from everything.
LABEL_ROOM = 1.0
#: So much nearer to its own edge than to any other is a label, and the others are so many times as far.
NEARER, TIMES = 3.5, 1.5
#: What is farther from the box of a node is not measured.
REACH_OF_NODES = 4.0
#: Labels of two edges that are nearer to each other than this have an edge between them.
TOGETHER = 16.0


def never(one: Line, other: Line) -> bool:
    """Say that two edges may not share a line."""
    return False


@dataclass(frozen=True)
class Meaning:
    """What a picture is of, as far as rules need to know.

    Attributes:
        axes: Those of each variable.
        delays: Those of the edges of the circuit that pass through a square, none where it is not drawn.
        labelled: How many labels each edge should have.
        may_share: Whether two edges may run along one trunk.
        is_up: Whether time runs upward, so that steps are rows.
        is_stacked: Whether the circuit stands above its unfolding, so that they share no rows.
    """

    axes: Mapping[str, tuple[str, ...]]
    delays: Sequence[tuple[int, ...]] = ()
    labelled: Mapping[str, int] = field(default_factory=dict)
    may_share: Callable[[Line, Line], bool] = never
    is_up: bool = False
    is_stacked: bool = False


def name_of(node: str) -> str:
    """Return the variable of a node."""
    return node.split(".")[1]


def index_of(node: str) -> tuple[str, ...]:
    """Return the place of a node: nothing in the circuit."""
    return tuple(node.split(".")[2:])


# --- distances ----------------------------------------------------------------------------


def near(segments: Array, box: Box, reach: float) -> Array:
    """Return the segments whose boxes come within reach of a box."""
    x, y = segments[:, 0::2], segments[:, 1::2]
    kept = (x.max(1) > box[0] - reach) & (x.min(1) < box[2] + reach)
    kept &= (y.max(1) > box[1] - reach) & (y.min(1) < box[3] + reach)
    found: Array = segments[kept]
    return found


def box_gap(one: Box, other: Box) -> float:
    """Return the distance of two boxes; 0 where they touch."""
    return math.hypot(max(other[0] - one[2], one[0] - other[2], 0.0), max(other[1] - one[3], one[1] - other[3], 0.0))


def are_near(one: Box, other: Box, reach: float) -> bool:
    """Say whether boxes come within reach of each other, as `near` does of those of segments."""
    return (
        one[2] > other[0] - reach
        and one[0] < other[2] + reach
        and one[3] > other[1] - reach
        and one[1] < other[3] + reach
    )


def points_gap(points: Array, segments: Array) -> Array:
    """Return the distance of each point (n, 2) from the nearest of some segments (m, 4)."""
    a, step = segments[:, :2], segments[:, 2:] - segments[:, :2]
    towards = points[:, None, :] - a[None]
    t = np.clip((towards * step).sum(2) / np.maximum((step**2).sum(1), 1e-12), 0.0, 1.0)
    found: Array = np.hypot(*np.moveaxis(towards - t[..., None] * step, 2, 0)).min(1)
    return found


def segments_gap(one: Array, other: Array) -> float:
    """Return the least distance between two sets of segments; 0 where any cross."""
    if not len(one) or not len(other):
        return math.inf
    if crossing(one, other).any():
        return 0.0
    return min(float(points_gap(ends.reshape(-1, 2), others).min()) for ends, others in ((one, other), (other, one)))


def crossing(one: Array, other: Array) -> Array:
    """Say of each pair of segments whether they cross, as (n, m)."""
    p, q = one[:, None, :2], one[:, None, 2:]
    a, b = other[None, :, :2], other[None, :, 2:]

    def side(start: Array, end: Array, point: Array) -> Array:
        step, towards = end - start, point - start
        found: Array = step[..., 0] * towards[..., 1] - step[..., 1] * towards[..., 0]
        return found

    found: Array = (side(a, b, p) * side(a, b, q) < 0) & (side(p, q, a) * side(p, q, b) < 0)
    return found


def sides(box: Box) -> Array:
    """Return the sides of a box as segments."""
    x0, y0, x1, y1 = box
    return joined(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]))


def segments_box_gap(segments: Array, box: Box, reach: float) -> float:
    """Return the least distance of segments from a box, 0 inside it; infinite beyond reach."""
    close = near(segments, box, reach)
    if not len(close):
        return math.inf
    points = close.reshape(-1, 2)
    if ((points > box[:2]) & (points < box[2:])).all(1).any():
        return 0.0
    return segments_gap(close, sides(box))


def reach_of(node: Outline, points: Array) -> Array:
    """Return how far points lie from the centre of a node, measured in its own radii: 1 on the outline."""
    scaled = np.abs(points - (node.x, node.y)) / (node.rx, node.ry)
    found: Array = np.hypot(*scaled.T) if node.is_ellipse else scaled.max(1)
    return found


def least_reach(node: Outline, segments: Array) -> float:
    """Return the same for the nearest point of some segments."""
    close = near(segments, node.box, REACH_OF_NODES)
    if not len(close):
        return math.inf
    moved = (close.reshape(-1, 2) - (node.x, node.y)) / (node.rx, node.ry)
    if node.is_ellipse:
        return float(points_gap(np.zeros((1, 2)), moved.reshape(-1, 4))[0])
    return 1.0 + segments_box_gap(moved.reshape(-1, 4), (-1.0, -1.0, 1.0, 1.0), 1.0)


def samples(line: Line, spacing: float) -> Array:
    """Return points along an edge, no farther apart than ``spacing``."""
    start, step = line.segments[:, :2], line.segments[:, 2:] - line.segments[:, :2]
    counts = np.maximum(np.ceil(np.hypot(*step.T) / spacing), 1).astype(int)
    owners = np.repeat(np.arange(len(counts)), counts)
    t = (np.arange(len(owners)) - (np.cumsum(counts) - counts)[owners]) / counts[owners]
    return np.vstack([start[owners] + t[:, None] * step[owners], line.tip])


# --- the rules ----------------------------------------------------------------------------


def labels_touch_nothing(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """No label within a unit of another, an outline, an edge, an arrowhead, a square or the arrow of the views."""
    squares = {square.of: square.box for square in picture.squares}
    numbers = {id(one) for one in picture.labels if one.of in squares and is_number(one, squares[one.of])}
    lines = [line.shaft for line in picture.lines]
    owners = np.repeat(np.arange(len(lines)), [len(segments) for segments in lines])
    shafts = np.concatenate([np.zeros((0, 4)), *lines])
    halves = np.array([line.half for line in picture.lines])
    borders = [(line, near(line.border, (0, 0, picture.width, picture.height), 50.0)) for line in picture.lines]
    heads = [(line, border, box_of(border)) for line, border in borders if len(border)]
    for n, label in enumerate(picture.labels):
        told = f"text of {label.of or 'the views'}"
        for other in picture.labels[:n]:
            if box_gap(label.box, other.box) < LABEL_ROOM:
                yield f"{told} on the text of {other.of}"
        if id(label) in numbers:
            continue
        for node in (*picture.nodes, *picture.rings):
            if box_gap(label.box, node.box) > 4.0:
                continue
            if segments_box_gap(node.segments, label.box, 4.0) < LABEL_ROOM + node.half:
                yield f"{told} on the outline of {node.id}"
            elif node.id != label.of and node.id and reach_of(node, np.array([label.box[:2]]))[0] < 1:
                yield f"{told} inside {node.id}"
        reach = LABEL_ROOM + 2.0
        x, y = shafts[:, 0::2], shafts[:, 1::2]
        close = (x.max(1) > label.box[0] - reach) & (x.min(1) < label.box[2] + reach)
        close &= (y.max(1) > label.box[1] - reach) & (y.min(1) < label.box[3] + reach)
        for number in sorted(set(owners[close].tolist())):
            line = picture.lines[number]
            if segments_box_gap(line.shaft, label.box, reach) < LABEL_ROOM + halves[number]:
                yield f"{told} on edge {line.id}"
        for line, border, box in heads:
            if not are_near(box, label.box, LABEL_ROOM):
                continue
            if segments_box_gap(border, label.box, LABEL_ROOM) < LABEL_ROOM:
                yield f"{told} on the head of {line.id}"
        for square in picture.squares:
            if box_gap(square.box, label.box) < LABEL_ROOM:
                yield f"{told} on the square of {square.of}"
        if segments_box_gap(picture.arrows, label.box, LABEL_ROOM) < LABEL_ROOM:
            yield f"{told} on the arrow between the views"


def is_number(label: Label, square: Box) -> bool:
    """Say whether a text is written in a delay square."""
    return (
        square[0] < label.box[0] and square[1] < label.box[1] and label.box[2] < square[2] and label.box[3] < square[3]
    )


def labels_are_nearest_to_their_own_edge(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """A label is clearly nearest to its own edge, or to the square of that, and not one of two in the same gap.

    Edges that run along one trunk have one label, so they count as its own. The thin lines from parameters have none:
    they are named where they begin.
    """
    squares = {square.of: square.box for square in picture.squares}
    labels = [label for label in picture.labels if label.of in picture.line]
    labels = [one for one in labels if one.of not in squares or not is_number(one, squares[one.of])]
    rivals = [line for line in picture.lines if not line.id.startswith("p.")]
    every = np.concatenate([np.zeros((0, 4)), *(line.segments for line in rivals)])

    def gap(line: Line, label: Label, reach: float) -> float:
        found = math.inf
        if are_near(line.box, label.box, reach):
            found = segments_box_gap(line.segments, label.box, reach)
        return min(found, box_gap(squares[line.id], label.box)) if line.id in squares else found

    for n, label in enumerate(labels):
        own = picture.line[label.of]
        least = gap(own, label, math.inf)
        room = max(least + NEARER, least * TIMES)
        for line in rivals:
            if line is not own and gap(line, label, room) < room and not meaning.may_share(own, line):
                yield f"the label of {own.id} is as near to {line.id}"
        for other in labels[:n]:
            if other.of == own.id or meaning.may_share(own, picture.line[other.of]):
                continue
            if box_gap(label.box, other.box) < TOGETHER:
                between = joined(np.array([centre(label.box), centre(other.box)]))
                if not crossing(between, every).any():
                    yield f"the labels of {own.id} and {other.of} stand beside each other"


def centre(box: Box) -> tuple[float, float]:
    """Return the middle of a box."""
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def edges_pass_no_node(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """No edge passes through a node that is not its end."""
    for line in picture.lines:
        for node in picture.nodes:
            if node.id in (line.source, line.target) or not are_near(line.box, node.box, REACH_OF_NODES):
                continue
            if least_reach(node, line.segments) <= 1.04:
                yield f"{line.id} {line.source}->{line.target} through {node.id}"


def edges_touch_their_ends(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """Lines begin and arrowheads end at outlines, and do not come back over them."""
    for line in picture.lines:
        if line.target and line.head is None:
            yield f"{line.id} has no arrowhead"
        for end, point in ((line.source, line.start), (line.target, line.tip)):
            if end:
                reach = float(reach_of(picture.node[end], point[None])[0])
                if not 0.99 <= reach <= 1.06:
                    yield f"{line.id} misses {end}: {reach:.3f}"
        if line.head is not None:
            # The line runs into its own arrowhead, from behind.
            neck = line.stretches[-1][-1]
            axis = line.head[0] - line.head[2]
            behind = float((line.head[0] - neck) @ axis / np.hypot(*axis))
            if points_gap(neck[None], joined(line.head[[0, 2]]))[0] > 0.6 or not 0 < behind < 8:
                yield f"{line.id} does not meet its arrowhead"
        inner = np.concatenate(line.stretches)[2:-2]
        for end in {line.source, line.target} - {""}:
            if len(inner) and (reach_of(picture.node[end], inner) < 0.98).any():
                yield f"{line.id} runs over its own end {end}"


def nodes_stand_apart(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """No node touches another."""
    for one, other in combinations(picture.nodes, 2):
        gap = math.hypot((one.x - other.x) / (one.rx + other.rx), (one.y - other.y) / (one.ry + other.ry))
        if gap <= 1.1:
            yield f"{one.id} touches {other.id}"


def columns_and_rows_are_exact(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """Columns share x and rows share y, in lattices too; where time runs upward columns are rows of the page."""
    nodes = [node for node in picture.nodes if node.id.startswith("u.") and index_of(node.id)]
    nodes = [node for node in nodes if not {"before", "after"} & set(index_of(node.id))]
    drawn = {axis for axes in meaning.axes.values() for axis in axes}
    if len(drawn) > 1:
        yield from _crooked(nodes, meaning)
        return
    along, across = ("y", "x") if meaning.is_up else ("x", "y")
    rows: dict[tuple[str, str], set[float]] = {}
    for node in picture.nodes:
        if meaning.axes[name_of(node.id)]:
            view = node.id.split(".")[0] if meaning.is_stacked else "both"
            rows.setdefault((view, name_of(node.id)), set()).add(getattr(node, across))
    yield from (f"{name} is not on one row" for (_, name), places in rows.items() if len(places) > 1)
    columns: dict[str, dict[str, float]] = {}
    for node in nodes:
        columns.setdefault(index_of(node.id)[0], {})[name_of(node.id)] = getattr(node, along)
    offsets: dict[tuple[str, str], list[float]] = {}
    for places_of in columns.values():
        for one, other in combinations(sorted(places_of), 2):
            offsets.setdefault((one, other), []).append(places_of[one] - places_of[other])
    # Rounded coordinates can differ by one unit of the last place.
    yield from (f"columns of {names} are crooked" for names, gaps in offsets.items() if max(gaps) - min(gaps) > 0.0201)


def _crooked(nodes: Sequence[Outline], meaning: Meaning) -> Iterator[str]:
    """What has one place along an axis stands in one column or in one row."""
    for name, axes in meaning.axes.items():
        own = [node for node in nodes if name_of(node.id) == name]
        exact: set[str] = set()
        for along in range(len(axes)):
            places: dict[str, list[Outline]] = {}
            for node in own:
                places.setdefault(index_of(node.id)[along], []).append(node)
            straight = {
                side for side in "xy" if all(len({getattr(node, side) for node in at}) == 1 for at in places.values())
            }
            if places and not straight:
                yield f"{name} is crooked along {axes[along]}"
            exact |= straight
        if len(axes) == 2 and own and exact != {"x", "y"}:
            yield f"{name} is no lattice"


def squares_stand_free(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """A black square for each delayed edge of the circuit, on it, and apart from all else."""
    if len(picture.squares) != len(meaning.delays) or len({s.of for s in picture.squares}) != len(picture.squares):
        yield f"{len(picture.squares)} squares for {len(meaning.delays)} delayed edges"
    for n, square in enumerate(picture.squares):
        if segments_box_gap(picture.line[square.of].shaft, square.box, 9.0) > 0:
            yield f"the square of {square.of} is not on it"
        for node in picture.nodes:
            gaps = (
                max(abs(at - centre) - square.half, 0)
                for at, centre in zip(square.centre, (node.x, node.y), strict=True)
            )
            if math.hypot(*(gap / radius for gap, radius in zip(gaps, (node.rx, node.ry), strict=True))) <= 1.05:
                yield f"the square of {square.of} touches {node.id}"
        for other in picture.squares[:n]:
            if (
                max(abs(a - b) for a, b in zip(square.centre, other.centre, strict=True))
                <= square.half + other.half + 2
            ):
                yield f"the squares of {square.of} and {other.of} touch"
        for line in picture.lines:
            if line.id == square.of or not are_near(line.box, square.box, 1.0):
                continue
            if segments_box_gap(line.segments, square.box, 1.0) <= 1:
                yield f"{line.id} runs through the square of {square.of}"


def nothing_is_cropped(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """All lies inside the picture, strokes included."""
    boxes = [(n.id, (n.x - n.rx, n.y - n.ry, n.x + n.rx, n.y + n.ry), n.half) for n in picture.nodes]
    boxes += [(label.of, label.box, 0.0) for label in picture.labels]
    boxes += [(square.of, square.box, 0.0) for square in picture.squares]
    for line in picture.lines:
        for segments, half in ((line.shaft, line.half), (line.border, 0.0)):
            if len(segments):
                x, y = segments[:, 0::2], segments[:, 1::2]
                boxes.append((line.id, (float(x.min()), float(y.min()), float(x.max()), float(y.max())), half))
    for name, (x0, y0, x1, y1), half in boxes:
        if min(x0, y0) - half < 0 or x1 + half > picture.width or y1 + half > picture.height:
            yield f"{name} is cropped"


def labels_are_where_they_belong(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """Every node has its label inside, and every edge as many as it should."""
    boxes = {square.of: square.box for square in picture.squares}
    told: dict[str, list[Label]] = {}
    for label in picture.labels:
        if label.of not in boxes or not is_number(label, boxes[label.of]):
            told.setdefault(label.of, []).append(label)
    for node in picture.nodes:
        own = told.pop(node.id, [])
        if len(own) != 1:
            yield f"{node.id} has {len(own)} labels"
        corners = np.array([(x, y) for one in own for x in one.box[::2] for y in one.box[1::2]])
        if len(own) and (reach_of(node, corners) >= 1).any():
            yield f"the label of {node.id} is not inside"
    told.pop("", None)
    for edge in sorted({*told, *meaning.labelled}):
        wanted = meaning.labelled.get(edge, 0)
        if len(told.get(edge, ())) != wanted:
            yield f"{edge} has {len(told.get(edge, ()))} labels, not {wanted}"


def edges_meet_apart(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """An edge that leaves where another arrives would run over its arrowhead."""
    meeting: dict[str, list[tuple[Line, bool, Array]]] = {}
    for line in picture.lines:
        for end, point, arrives in ((line.source, line.start, False), (line.target, line.tip, True)):
            if end:
                meeting.setdefault(end, []).append((line, arrives, point))
    for end, lines in meeting.items():
        for (one, arrives, p), (other, comes, q) in combinations(lines, 2):
            if meaning.may_share(one, other) and arrives == comes:
                continue
            if math.dist(p, q) <= (3 if arrives or comes else 2):
                yield f"{one.id} and {other.id} meet {end} at one point"


def arrowheads_stand_free(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """No edge runs over an arrowhead of another: not on its way, not where it leaves or arrives."""
    for line in picture.lines:
        if line.head is None:
            continue
        low, high = line.head.min(0), line.head.max(0)
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        for other in picture.lines:
            if other is line or not are_near(other.box, box, other.half) or meaning.may_share(line, other):
                continue
            close = near(other.segments, box, other.half)
            if len(close) and segments_gap(close, line.border) < other.half:
                yield f"{other.id} over the head of {line.id}"


def no_two_edges_are_one_line(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """Two edges do not run along each other so closely that they look like one."""
    points = [samples(line, 4.0) for line in picture.lines]
    middles = [own[len(own) // 4 : -len(own) // 4] for own in points]
    boxes = [(own.min(0) - 4.0, own.max(0) + 4.0) for own in points]
    for n, (line, middle) in enumerate(zip(picture.lines, middles, strict=True)):
        if not len(middle):
            continue
        low, high = middle.min(0), middle.max(0)
        for m, other in enumerate(picture.lines[:n]):
            # The whole of the middle would lie near the other.
            if (low < boxes[m][0]).any() or (high > boxes[m][1]).any() or meaning.may_share(line, other):
                continue
            if points_gap(middle, other.segments).max() <= 4:
                yield f"{line.id} on {other.id}"


def no_stretch_is_shared(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """Where there are several axes, lines of two sources share no stretch: it would read as a join of the two."""
    if all(len(axes) < 2 for axes in meaning.axes.values()):
        return
    points = [samples(line, 2.0) for line in picture.lines]
    boxes = [(own.min(0) - 2.0, own.max(0) + 2.0) for own in points]
    for n, line in enumerate(picture.lines):
        for m, other in enumerate(picture.lines[:n]):
            if line.source == other.source or meaning.may_share(line, other):
                continue
            near = points[n][((points[n] > boxes[m][0]) & (points[n] < boxes[m][1])).all(1)]
            for end in {line.source, line.target} & {other.source, other.target} - {""}:
                node = picture.node[end]
                near = near[np.hypot(near[:, 0] - node.x, near[:, 1] - node.y) > max(node.rx, node.ry) + 16]
            beside = near[points_gap(near, other.segments) < 2] if len(near) else near
            steps = np.hypot(*np.diff(beside, axis=0).T)
            if steps[steps < 4].sum() > 16:
                yield f"{line.source} -> {line.target} runs along {other.source} -> {other.target}"


def loops_nest(picture: Picture, meaning: Meaning) -> Iterator[str]:
    """Of several loops on one node each lies inside the next, or quite on another side."""
    for centre, loops in loops_of(picture):
        for (one, inner), (other, outer) in combinations(loops, 2):
            crossed = crossing(one.segments, other.segments).any()
            apart = not any(contains(area, points[away]).any() for area, points, away in _both(centre, inner, outer))
            if crossed or not (apart or lies_inside(centre, inner, outer)):
                yield f"{one.id} does not lie inside {other.id}"


def loops_of(picture: Picture) -> Iterator[tuple[Outline, list[tuple[Line, Array]]]]:
    """Yield each node that has loops, with them and the corners of what they enclose, small ones first."""
    loops: dict[str, list[Line]] = {}
    for line in picture.lines:
        if line.source == line.target != "":
            loops.setdefault(line.source, []).append(line)
    for node, own in loops.items():
        centre = picture.node[node]
        yield centre, sorted(((line, _inside_of(line, centre)) for line in own), key=lambda pair: _size(pair[1]))


def lies_inside(centre: Outline, inner: Array, outer: Array) -> bool:
    """Say whether one loop of a node lies inside another."""
    return bool(contains(outer, inner[reach_of(centre, inner) > 1.2]).all())


def _both(centre: Outline, one: Array, other: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Yield each of two areas with the corners of the other, and which of those are away from the node."""
    yield from ((area, points, reach_of(centre, points) > 1.2) for area, points in ((one, other), (other, one)))


def _inside_of(line: Line, node: Outline) -> Array:
    """Return the corners of the area that a loop encloses with the centre of its node."""
    return np.vstack([*line.stretches, line.tip[None], [(node.x, node.y)]])


def _size(area: Array) -> float:
    after = np.roll(area, -1, axis=0)
    return abs(float((area[:, 0] * after[:, 1] - area[:, 1] * after[:, 0]).sum())) / 2


def contains(area: Array, points: Array) -> Array:
    """Say of each point whether it lies inside an area, by counting sides to its right."""
    p, q = area[None, :, :], np.roll(area, -1, axis=0)[None]
    x, y = points[:, None, 0], points[:, None, 1]
    rise = np.where(p[..., 1] == q[..., 1], 1.0, q[..., 1] - p[..., 1])
    at = p[..., 0] + (y - p[..., 1]) / rise * (q[..., 0] - p[..., 0])
    found: Array = (((p[..., 1] > y) != (q[..., 1] > y)) & (x < at)).sum(1) % 2 == 1
    return found


RULES: tuple[Callable[[Picture, Meaning], Iterator[str]], ...] = (
    labels_touch_nothing,
    labels_are_where_they_belong,
    labels_are_nearest_to_their_own_edge,
    edges_pass_no_node,
    edges_touch_their_ends,
    edges_meet_apart,
    arrowheads_stand_free,
    no_two_edges_are_one_line,
    no_stretch_is_shared,
    nodes_stand_apart,
    columns_and_rows_are_exact,
    squares_stand_free,
    loops_nest,
    nothing_is_cropped,
)


def broken(picture: Picture, meaning: Meaning) -> list[str]:
    """Return all that is wrong with a picture."""
    return [f"{rule.__name__}: {problem}" for rule in RULES for problem in rule(picture, meaning)]
