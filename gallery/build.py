"""Make everything in the gallery that follows from its circuits: pictures, formulas, programs and the index.

python gallery/build.py            write what has changed
python gallery/build.py --check    change nothing; exit code 1 where a file is not what it should be
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

from unfoldgraph import Circuit
from unfoldgraph.files import MARK, gallery_names, gallery_source, write_whole

GALLERY = Path(__file__).resolve().parent
STEPS = 4
#: A formula is nested where it has no more operations and names than this; else it is one equation a step.
NESTED = 45


class Entry(NamedTuple):
    """A circuit of the gallery, and the signal and the number of steps that its formula is for."""

    name: str
    target: str
    steps: int


#: In the order of the index: the book's figures, then what grew from them, then what is older.
ENTRIES = (
    Entry("dynamical-system", "s", 3),
    Entry("driven-system", "h", 3),
    Entry("rnn", "h", 3),
    Entry("rnn-with-loss", "L", 2),
    Entry("output-recurrence", "h", 2),
    Entry("last-output", "o", 3),
    Entry("lstm", "h", 2),
    Entry("gru", "h", 2),
    Entry("time-delay", "h", 3),
    Entry("biquad", "y", 3),
    Entry("logistic-map", "s", 3),
    Entry("fibonacci", "F", 10),
)


def build() -> dict[Path, bytes]:
    """Return every generated file of the gallery by its path inside it."""
    files: dict[Path, bytes] = {}
    for entry in ENTRIES:
        circuit = Circuit.gallery(entry.name)
        folder = Path(entry.name)
        for suffix, drawing in (("", circuit.draw()), (f"-{STEPS}-steps", circuit.draw(steps=STEPS))):
            files[folder / f"{entry.name}{suffix}.svg"] = drawing.svg.encode()
            files[folder / f"{entry.name}{suffix}.png"] = drawing.png
        files[folder / "formula.md"] = formula(entry, circuit).encode()
        files[folder / f"{entry.name}.py"] = circuit.compile().source.encode()
    files[Path("README.md")] = index().encode()
    return files


def formula(entry: Entry, circuit: Circuit) -> str:
    """Return the page of a circuit's formulas."""
    expansion = circuit.expand(entry.target, entry.steps)
    steps = f"{entry.steps} steps"
    parts = [
        f"<!-- {MARK}. -->",
        f"# {circuit.title}: formulas",
        "The equations:",
        _math(circuit.latex),
    ]
    arguments = expansion.signature
    if not arguments.endswith("()"):
        parts += [f"What it depends on after {steps}, the latest first:", _math(arguments.latex)]
    if expansion.size == 1:
        parts += [
            f"Its value after {steps}:",
            _math(expansion.signature.latex.partition(" = ")[0] + " = " + expansion.latex),
        ]
    elif expansion.size <= NESTED:
        parts += [f"One substitution after the other, {steps}:", _math("".join(expansion.render("steps", "latex")))]
        parts += ["As text:", _code("".join(expansion.render("nested")))]
    else:
        parts += [f"One equation for each node, {steps}:", _code("".join(expansion.render("let")))]
        parts.append(f"Nested, it would have {expansion.size} operations, names and numbers.")
    return "\n\n".join(parts) + "\n"


def index() -> str:
    """Return the page that shows every circuit."""
    parts = [
        f"<!-- {MARK}. -->",
        "# Gallery",
        "Every picture, formula and program here follows from the `.circuit` file beside it. "
        "`python gallery/build.py` makes them again.",
    ]
    for entry in ENTRIES:
        text, _ = gallery_source(entry.name)
        comment = " ".join(line.lstrip("# ") for line in text.splitlines() if line.startswith("#"))
        title = Circuit.gallery(entry.name).title or entry.name
        folder, stem = entry.name, f"{entry.name}/{entry.name}"
        equations = re.sub(r"\A(?:#.*\n|title .*\n)+", "", text)
        parts += [
            f"## {title}",
            comment,
            _code(equations),
            f"![{title}: circuit and unfolding]({stem}.svg)",
            f"![{title}: {STEPS} steps]({stem}-{STEPS}-steps.svg)",
            f"[circuit]({stem}.circuit), [formulas]({folder}/formula.md), [program]({stem}.py), "
            f"`unfoldgraph draw {entry.name}`",
        ]
    return "\n\n".join(parts) + "\n"


def _math(latex: str) -> str:
    return f"```math\n{latex.strip()}\n```"


def _code(text: str) -> str:
    return f"```\n{text.strip()}\n```"


def wrong(files: dict[Path, bytes]) -> list[str]:
    """Return what differs between the gallery and what it should be, one sentence each."""
    problems = []
    for path, content in files.items():
        there = GALLERY / path
        if not there.is_file():
            problems.append(f"gallery/{path} is missing")
        elif there.read_bytes() != content:
            problems.append(f"gallery/{path} is not what build.py makes")
    known = {*files, *(Path(entry.name, f"{entry.name}.circuit") for entry in ENTRIES), Path("build.py")}
    problems += [
        f"gallery/{path.relative_to(GALLERY)} does not belong here"
        for path in sorted(GALLERY.rglob("*"))
        if path.is_file() and path.relative_to(GALLERY) not in known and "__pycache__" not in path.parts
    ]
    return problems


def main() -> int:
    """Build or check the gallery; return the exit code."""
    parser = argparse.ArgumentParser(description="Build the gallery.")
    parser.add_argument("--check", action="store_true", help="change nothing, only compare")
    options = parser.parse_args()
    if {entry.name for entry in ENTRIES} != set(gallery_names()):
        print("gallery: the circuits in build.py are not the folders there are", file=sys.stderr)
        return 1
    files = build()
    if options.check:
        problems = wrong(files)
        print("\n".join(problems) or f"gallery: {len(files)} files are as they should be")
        return 1 if problems else 0
    changed = {GALLERY / path: content for path, content in files.items() if _differs(GALLERY / path, content)}
    write_whole(changed, force=True)
    print("\n".join(f"gallery/{path.relative_to(GALLERY)}" for path in changed) or "gallery: nothing has changed")
    return 0


def _differs(path: Path, content: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != content


if __name__ == "__main__":
    sys.exit(main())
