"""The frames of a picture that grows: nothing moves, nothing hangs in the air, and the last is the picture."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from generators.drawing_cells import model
from support.tools import tool

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.cli.main import main
from unfoldgraph.drawing.annotations.frames import frames
from unfoldgraph.drawing.draw import annotated, draw
from unfoldgraph.drawing.scene.scene import Edge, Frame, Node, Scene, Text

PICTURES: dict[str, int | dict[str, int] | None] = {
    "rnn": 4,
    "last-output": None,
    "two-delays": 100,
    "bidirectional": 3,
    "encoder": 2,
    "total-loss": 3,
    "fibonacci": 4,
    "edit-distance": {"i": 3, "j": 4},
    "encoder-decoder": {"t": 3, "u": 3},
    "pascal": {"n": 40, "k": 30},
}


@cache
def picture(name: str) -> Scene:
    steps = PICTURES[name]
    return draw(model(name), dict.fromkeys(model(name).axes, steps) if isinstance(steps, int) else steps)


def first_seen(name: str) -> dict[str, int]:
    """Return in which frame each node of the unfolded view is seen first, by what is written in it."""
    found: dict[str, int] = {}
    texts = {item.of: item.text for item in picture(name).items if isinstance(item, Text)}
    for n, frame in frames(picture(name)).items():
        for item in frame.items:
            if isinstance(item, Node) and item.view == "unfolded":
                found.setdefault(texts[item.id], n)
    return found


def added(scene: Scene) -> list[list[Node]]:
    """Return the unfolded nodes that each frame adds."""
    shown = [
        [item for item in frame.items if isinstance(item, Node) and item.view == "unfolded"]
        for frame in frames(scene).values()
    ]
    return [[node for node in after if node not in before] for before, after in pairwise(shown)]


@pytest.mark.parametrize("options", [{}, {"view": "unfolded"}, {"detail": "operations"}])
@pytest.mark.parametrize(
    ("name", "steps"),
    [("rnn", 12), ("bidirectional", 3), ("last-output", None), ("two-dimensional", {"i": 3, "j": 20}), ("adam", 3)],
)
def test_a_page_grows_as_the_frames_do(name: str, steps: Any, options: dict[str, Any]) -> None:
    if options.get("detail") and name == "two-dimensional":
        options = {"direction": "up"}
    picture = annotated(Circuit.gallery(name).model, steps, **options)
    stages = picture.notes().stages
    found = frames(picture.scene)
    assert len(found) == len(stages.names)
    for n, frame in enumerate(found.values()):
        here = {item.id for item in frame.items if isinstance(item, Node) and item.view == "unfolded"}
        assert here == {name for name, stage in stages.stage.items() if stage <= n}


@pytest.mark.parametrize("name", PICTURES)
def test_frames_only_add(name: str) -> None:
    whole = picture(name)
    found = list(frames(whole).values())
    assert found[-1].items == whole.items
    before: set[int] = set()
    for frame in found:
        assert (frame.width, frame.height, frame.title, frame.theme) == (whole.width, whole.height, whole.title, "book")
        items = {id(item) for item in frame.items}
        assert before < items
        before = items
        ids = {item.id for item in frame.items if isinstance(item, Node)}
        for edge in frame.items:
            if isinstance(edge, Edge):
                assert {edge.source, edge.target} - {""} <= ids
        owners = ids | {item.id for item in frame.items if isinstance(item, Edge)} | {"gap", "unfold"}
        assert all(item.of in owners for item in frame.items if isinstance(item, Text))
    assert len({frame.name for frame in found}) == len({frame.description for frame in found}) == len(found)
    assert {item.view for item in found[0].items if isinstance(item, Node)} == {"circuit"}
    assert found[0].description.startswith("The circuit alone, of this picture: Circuit: ")


def test_with_one_axis_a_frame_is_a_step() -> None:
    assert first_seen("rnn") == {"h(0)": 1, **{f"{name}({n})": n for name in "xh" for n in range(1, 5)}}
    assert first_seen("fibonacci") == {f"F({n})": n for n in range(1, 5)}
    # From the end on where that is where the recurrence begins, and from both ends where two begin there.
    backward = Circuit("g(t) = f(g(t+1), x(t)); g(end+1) = g_last").draw(steps=3)
    assert {n: [node.index for node in new] for n, new in enumerate(added(backward.scene), 1)} == {
        1: [(3,), (3,), (4,)], 2: [(2,), (2,)], 3: [(1,), (1,)],
    }  # fmt: skip
    both = first_seen("bidirectional")
    assert [both[f"h({n})"] for n in (1, 2, 3)] == [both[f"g({n})"] for n in (3, 2, 1)] == [1, 2, 3]
    assert [both[f"o({n})"] for n in (1, 2, 3)] == [3, 2, 3]
    # What belongs to all steps comes when they are there, what is left out with what comes after it.
    assert first_seen("total-loss")["L"] == 3
    elided = first_seen("two-delays")
    assert (elided["h(-1)"], elided["h(3)"], elided["h(100)"]) == (1, 3, len(frames(picture("two-delays"))) - 1)
    gaps = [
        [item.text for item in frame.items if isinstance(item, Text) and item.of == "gap"]
        for frame in frames(picture("two-delays")).values()
    ]
    assert gaps == [[]] * (len(gaps) - 2) + [["\u22ef", "94 steps"]] * 2
    symbolic = first_seen("last-output")
    assert (symbolic["x(t-1)"], symbolic["x(t)"], symbolic["x(\u03c4)"], symbolic["o"]) == (1, 2, 4, 4)


def test_a_step_is_one_whatever_its_variables_are_called() -> None:
    circuit = Circuit("before(t) = f(before(t-1)); h(t) = g(before(t), h(t-1))")
    assert len(circuit.draw(steps=3).frames) == 4


def test_with_several_axes_a_frame_is_a_wavefront() -> None:
    lattice = first_seen("edit-distance")
    assert all(lattice[f"c({i}, {j})"] == i + j - 1 for i in range(1, 4) for j in range(1, 5))
    # What is given, and what is read, comes with the first that reads it.
    assert (lattice["c(0, 0)"], lattice["c(0, 4)"], lattice["b(3)"], lattice["D"]) == (1, 4, 3, 6)
    chain = first_seen("encoder-decoder")
    assert [chain[f"h({n})"] for n in (1, 2, 3)] == [1, 2, 3]
    assert [chain[f"s({n})"] for n in (0, 1, 2, 3)] == [3, 4, 5, 6]
    beyond = first_seen("pascal")
    assert beyond["C(40, 30)"] == max(beyond.values())


@pytest.mark.parametrize("options", [{"view": "circuit"}, {"view": "cut"}, {"steps": 0}])
def test_what_does_not_unfold_does_not_grow(options: dict[str, object]) -> None:
    drawing = Circuit.gallery("rnn").draw(**options)  # type: ignore[arg-type]
    with pytest.raises(CircuitError, match="there are no steps that the picture could grow by"):
        assert drawing.frames


def test_the_unfolded_view_alone_begins_with_its_first_step() -> None:
    drawing = Circuit.gallery("rnn").draw(steps=3, view="unfolded", direction="up", legend=True)
    assert [frame.scene.name[-2:] for frame in drawing.frames] == ["-1", "-2", "-3"]
    assert all(frame.svg.count("<ellipse") > 2 for frame in drawing.frames)


def test_operations_come_with_their_step_and_its_caption() -> None:
    found = Circuit.gallery("rnn").draw(steps=3, detail="operations").frames
    for n, frame in enumerate(found):
        items = frame.scene.items
        assert [item.index for item in items if isinstance(item, Frame)] == [(step,) for step in range(1, n + 1)]
        captions = [item.text for item in items if isinstance(item, Text) and item.text.startswith("t =")]
        assert captions == [f"t = {step}" for step in range(1, n + 1)]


def test_frames_in_python(tmp_path: Path) -> None:
    drawing = Circuit.gallery("rnn").draw(steps=12, show="1-12")
    paths = drawing.save_frames(tmp_path / "rnn.svg")
    assert [path.name for path in paths] == [f"rnn-{n:02}.svg" for n in range(13)]
    assert all(path.is_file() for path in paths)
    assert drawing.save_frames(tmp_path / "rnn.pdf") == (tmp_path / "rnn.pdf",)
    told = subprocess.run([tool("pdfinfo"), tmp_path / "rnn.pdf"], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Pages: +13\n", told)
    assert "<" not in told


@pytest.mark.parametrize(
    ("name", "steps"), [("rnn-with-loss", 100), ("edit-distance", {"i": 3, "j": 12}), ("lorenz", 3)]
)
def test_frames_in_tex_have_type_of_one_size(tmp_path: Path, name: str, steps: Any) -> None:
    frames = [path.read_text() for path in Circuit.gallery(name).draw(steps=steps).save_frames(tmp_path / "a.tex")]
    styles: dict[str, set[str]] = {}
    for text in frames:
        for style, options in re.findall(r"^    ([^/=]+)/\.style=\{(.*)\},$", text, re.MULTILINE):
            styles.setdefault(style, set()).add(options)
    assert len(frames) > 3
    assert {style: len(options) for style, options in styles.items()} == dict.fromkeys(styles, 1)
    # A node is written in the same way in all frames that have it.
    nodes = [dict(re.findall(r"(\\node\[.*\] \(.*\) at \(.*\)) (.*)", text)) for text in frames]
    assert all(earlier.items() <= later.items() for earlier, later in pairwise(nodes))


def test_frames_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["draw", "rnn", "--steps", "2", "--frames"]) == 0
    assert capsys.readouterr().out == "rnn-0.svg\nrnn-1.svg\nrnn-2.svg\n"
    assert main(["draw", "rnn", "--steps", "2", "--frames", "-o", "a.pdf"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "rnn-0.svg", "rnn-1.svg", "rnn-2.svg"]
    sizes = {re.search("viewBox=.*? role", path.read_text())[0] for path in tmp_path.glob("*.svg")}  # type: ignore[index]
    assert len(sizes) == 1
    # All or none: one that is not ours keeps all others as they are.
    (tmp_path / "rnn-2.svg").write_text("mine")
    before = (tmp_path / "rnn-1.svg").read_bytes()
    assert main(["draw", "lstm", "--steps", "2", "--frames", "-o", "rnn.svg"]) == 2
    assert (tmp_path / "rnn-1.svg").read_bytes() == before
    assert "rnn-2.svg exists and was not written by unfoldgraph" in capsys.readouterr().err
    assert main(["draw", "lstm", "--steps", "2", "--frames", "-o", "rnn.svg", "--force"]) == 0
    for arguments, words in (
        (("-o", "-"), "several files cannot go to standard output"),
        (("--view", "circuit"), "there are no steps"),
        (("-o", "rnn.html"), "a page shows its steps one by one anyway"),
        (("-o", "rnn.gif"), "is not the suffix of a picture"),
    ):
        assert main(["draw", "rnn", "--frames", *arguments]) == 2
        assert words in capsys.readouterr().err


def test_a_frame_is_a_page_too() -> None:
    """A page of a part of the picture tells nothing of nodes that only later frames show."""
    for frame in Circuit.gallery("rnn").draw(steps=3).frames:
        assert "<!doctype html>" in frame.html
