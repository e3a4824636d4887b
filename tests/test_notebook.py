"""What a notebook shows: it is executed as a reader would, and the page that comes of it is read."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbclient
import nbconvert
import nbformat
import pytest
from support.paths import ROOT
from support.tools import tool

from unfoldgraph.base.limits import SHOWN_NODES
from unfoldgraph.circuit import Circuit

SVG = "{http://www.w3.org/2000/svg}"

#: The cells of the notebook, and the media types of what each shows.
CELLS: dict[str, set[str]] = {
    "from unfoldgraph import Circuit, tanh\nc = Circuit.gallery('lstm')\nc": {
        "text/plain", "text/latex", "text/html", "image/svg+xml",
    },
    "c.unfold(3)": {"text/plain", "text/html", "image/svg+xml"},
    "c.unfold(10**12)": {"text/plain", "text/html", "image/svg+xml"},
    "c.draw(steps=40, theme='dark', legend=True, highlight='h(3)')": {"text/plain", "text/html", "image/svg+xml"},
    "rnn = Circuit('h(t) = tanh(W @ h(t-1) + U @ x(t))')\nrnn.expand('h', 3)": {"text/plain", "text/latex"},
    "Circuit('h(t) = h(t-1) * h(t-1)').expand('h', 64)": {"text/plain"},
    "Circuit('h(t) = tanh(V @ h(t-1))').draw()": {"text/plain", "text/html", "image/svg+xml"},
    "d = Circuit()\nt = d.axis('t')\nh = d.signal('h', t)\nd": {"text/plain"},
    "h[t] = tanh(h[t - 1])\nd": {"text/plain", "text/latex", "text/html", "image/svg+xml"},
    "Circuit('x(i, j, k) : (); h(i, j, k) = 0.5 * h(i-1, j, k) + x(i, j, k)')": {
        "text/plain", "text/latex", "text/html", "image/svg+xml",
    },
    "Circuit('; '.join(f'a{n}x(t) = a{n}x(t-1)' for n in range(2001)))": {"text/plain", "text/latex"},
    "rnn.compile()": {"text/plain"},
}  # fmt: skip


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook, run by a kernel of its own."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        # Nothing of whoever runs the tests is read or written.
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"):
            patch.setenv(name, str(folder / name.lower()))
        patch.setenv("PYTHONPATH", str(ROOT))
        client = nbclient.NotebookClient(
            notebook, timeout=600, startup_timeout=300, resources={"metadata": {"path": str(folder)}}
        )
        return client.execute()


@pytest.fixture(scope="module")
def page(executed: Any) -> str:
    """The page that nbconvert exports."""
    exported, _ = nbconvert.HTMLExporter().from_notebook_node(executed)
    return str(exported)


def shown(executed: Any, source: str) -> dict[str, str]:
    (cell,) = [cell for cell in executed.cells if cell.source == source]
    (output,) = [output for output in cell.outputs if output.output_type == "execute_result"]
    return dict(output.data)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("source", CELLS)
def test_every_cell_shows_what_it_can(executed: Any, source: str) -> None:
    data = shown(executed, source)
    assert set(data) == CELLS[source]
    assert data["text/plain"]
    for kind in ("text/html", "image/svg+xml"):
        if kind in data:
            picture = ElementTree.fromstring(data[kind].encode())
            (svg,) = picture.iter(f"{SVG}svg")
            assert svg.attrib["viewBox"]
    if "text/html" in data:
        assert 'style="max-width:100%;height:auto;overflow:visible"' in data["text/html"]
    if "text/latex" in data:
        assert re.fullmatch(r"\$\$\n.+\n\$\$", data["text/latex"], re.DOTALL)


def test_what_the_cells_say(executed: Any) -> None:
    sources = list(CELLS)
    assert shown(executed, sources[0])["text/plain"].startswith('title "')
    assert shown(executed, sources[2])["text/plain"].startswith("<lstm unfolded for t=1000000000000: ")
    assert shown(executed, sources[3])["text/plain"].startswith("Circuit: ")
    assert shown(executed, sources[4])["text/plain"].startswith("h(3) = tanh(W @ tanh(")
    assert f"the limit is {SHOWN_NODES}" in shown(executed, sources[5])["text/plain"]
    assert shown(executed, sources[7])["text/plain"] == "<Circuit: no equations>"
    assert "(not drawn: one step of the picture would have" in shown(executed, sources[10])["text/plain"]


@pytest.mark.filterwarnings("ignore")
def test_the_exported_page_has_every_picture_whole(page: str) -> None:
    pictures = sum("text/html" in kinds for kinds in CELLS.values())
    found = re.findall(r"<svg [^>]*max-width:100%;height:auto;overflow:visible.*?</svg>", page, re.DOTALL)
    assert len(found) == pictures
    ids = re.findall(r'\bid="([^"]+)"', "".join(found))
    assert len(ids) > 100
    assert len(ids) == len(set(ids))


@pytest.mark.filterwarnings("ignore")
def test_a_browser_crops_nothing(page: str, tmp_path: Path) -> None:
    """In a narrow window every picture is as wide as the page at most, and keeps its aspect."""
    script = """<script>addEventListener("load", () => {
      const told = [...document.querySelectorAll("svg[role=img]")].map((svg) => {
        const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
        const within = svg.closest(".jp-OutputArea-output").getBoundingClientRect();
        const sizes = [box.width, box.height, view.width, view.height];
        return [...sizes, within.left, within.right, box.left, box.right].join(",");
      });
      document.title = "measured " + told.join(";");
    });</script></body>"""
    path = tmp_path / "page.html"
    path.write_text(re.sub(r"<script[^>]*src=[^>]*></script>", "", page).replace("</body>", script), encoding="utf-8")
    command = [tool("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--window-size=700,900", "--dump-dom"]
    found = subprocess.run([*command, path.as_uri()], capture_output=True, text=True, timeout=300, check=True).stdout
    (measured,) = re.findall(r"<title>measured ([^<]*)</title>", found)
    boxes = [[float(value) for value in one.split(",")] for one in measured.split(";")]
    assert len(boxes) == sum("text/html" in kinds for kinds in CELLS.values())
    for width, height, own_width, own_height, left, right, begin, end in boxes:
        assert width / height == pytest.approx(own_width / own_height, rel=0.02)
        assert left - 1 <= begin < end <= right + 1
        assert width <= own_width + 1


def test_nothing_raises_that_is_shown() -> None:
    """Also outside of a notebook, and whatever is asked for."""
    written = Circuit()
    t = written.axis("t")
    h = written.signal("h", t)
    assert repr(written) == "<Circuit: no equations>"
    h[t] = h[t - 1] + h[t]
    assert "text/plain" in written._repr_mimebundle_(include={"text/plain"}, exclude=set())
    assert set(written._repr_mimebundle_()) == {"text/plain"}
