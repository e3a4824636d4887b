"""Make everything in the gallery that follows from its circuits: pictures, formulas, programs and the index.

python gallery/build.py            write what has changed
python gallery/build.py --check    change nothing; exit code 1 where a file is not what it should be
"""

from __future__ import annotations

import argparse
import html
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from unfoldgraph import Circuit
from unfoldgraph.base.files import MARK, gallery_names, gallery_source, write_whole

GALLERY = Path(__file__).resolve().parent
#: How many steps a picture of a circuit with one axis has.
STEPS = 4
#: A formula is nested where it has no more operations and names than this; else it is one equation a step.
NESTED = 45
#: How wide a picture of the contact sheet is, in pixels.
THUMBNAIL = 380


class Entry(NamedTuple):
    """A circuit of the gallery, and what its formula and its picture in numbers are of.

    `target` is a signal, whose last place is meant, or one place of it. `steps` are those of the formula and
    `drawn` those of the picture, for several axes one number each; with `wavefronts` that numbers its nodes. `sizes`
    are those by which ranges go, in both.
    """

    name: str
    target: str
    steps: int | Mapping[str, int]
    drawn: int | Mapping[str, int] = STEPS
    wavefronts: bool = False
    sizes: Mapping[str, int] = {}


#: In the order of the index: the book's figures, then what grew from them, then what is not a network.
ENTRIES = (
    Entry("dynamical-system", "s", 3),
    Entry("driven-system", "h", 3),
    Entry("rnn", "h", 3),
    Entry("rnn-with-loss", "L", 2),
    Entry("output-recurrence", "h", 2),
    Entry("last-output", "o", 3),
    Entry("teacher-forcing", "o", 3),
    Entry("vector-to-sequence", "L(1)", 2),
    Entry("bidirectional", "o(2)", 3),
    Entry("encoder-decoder", "s", {"t": 2, "u": 2}, {"t": 3, "u": 3}),
    Entry("stacked", "z", 2),
    Entry("deep-transition", "h", 2),
    Entry("skip-connections", "h", 2),
    Entry("leaky-units", "h", 2),
    Entry("deep-bidirectional", "z(2, 1)", {"l": 2, "t": 2}, {"l": 2, "t": 3}),
    Entry("two-dimensional", "h", {"i": 2, "j": 2}, {"i": 3, "j": 4}, wavefronts=True),
    Entry("attention", "c", {"t": 2, "u": 2}, {"t": 3, "u": 2}),
    Entry("causal-attention", "y", {"t": 2, "s": 2}, {"t": 3, "s": 3}),
    Entry("ctc", "P", {"t": 2, "s": 3}, {"t": 3, "s": 5}),
    Entry("lstm", "h", 2),
    Entry("gru", "h", 2),
    Entry("time-delay", "h", 3),
    Entry("exponential-average", "mu", 3),
    Entry("adam", "theta", 2),
    Entry("biquad", "y", 3),
    Entry("fir", "y", 3, 5, sizes={"M": 3}),
    Entry("decimation", "y", {"n": 4, "m": 2}, {"n": 6, "m": 3}, sizes={"K": 2}),
    Entry("moving-delay", "y", 2),
    Entry("kalman", "x", 2),
    Entry("hidden-markov", "L", 2),
    Entry("viterbi", "P", {"t": 2, "s": 2}, {"t": 3, "s": 2}),
    Entry("edit-distance", "c", {"i": 2, "j": 2}, {"i": 3, "j": 4}, wavefronts=True),
    Entry("lcs", "longest", {"i": 1, "j": 2}, {"i": 3, "j": 4}),
    Entry("dtw", "distance", {"i": 2, "j": 2}, {"i": 4, "j": 4}, wavefronts=True),
    Entry("knapsack", "best", {"i": 2, "c": 2}, {"i": 2, "c": 3}),
    Entry("matrix-chain", "least", {"i": 3, "j": 3}, {"i": 3, "j": 3}, wavefronts=True),
    Entry("state-machine", "accepted", 3),
    Entry("catalan", "C", 5, 4),
    Entry("pascal", "C", {"n": 10, "k": 5}, {"n": 4, "k": 4}),
    Entry("rule-110", "u(2, 2)", {"t": 2, "i": 3}, {"t": 3, "i": 5}),
    Entry("heat", "u(1, 2)", {"t": 1, "i": 3}, {"t": 3, "i": 4}),
    Entry("lorenz", "x", 2),
    Entry("logistic-map", "s", 3),
    Entry("fibonacci", "F", 10),
)


def build() -> dict[Path, bytes]:
    """Return every generated file of the gallery by its path inside it."""
    files: dict[Path, bytes] = {}
    for entry in ENTRIES:
        circuit = Circuit.gallery(entry.name)
        folder = Path(entry.name)
        numeric = circuit.draw(steps=entry.drawn, sizes=entry.sizes, wavefronts=entry.wavefronts)
        for stem, drawing in ((entry.name, circuit.draw()), (drawn(entry), numeric)):
            files[folder / f"{stem}.svg"] = drawing.svg.encode()
            files[folder / f"{stem}.png"] = drawing.png
        files[folder / "formula.md"] = formula(entry, circuit).encode()
        for suffix, source in programs(circuit).items():
            files[folder / f"{entry.name}{suffix}"] = source.encode()
    files[Path("README.md")] = index().encode()
    files[Path("contact-sheet.md")] = contact_sheet().encode()
    return files


def programs(circuit: Circuit) -> dict[str, str]:
    """Return the programs of a circuit by suffix: the textbook's, and the fast one where that is another."""
    plain, fast = circuit.compile(plain=True).source, circuit.compile().source
    return {".py": plain} if fast == plain else {".py": plain, ".fast.py": fast}


def drawn(entry: Entry) -> str:
    """Return the name of the picture in numbers, without its suffix: `rnn-4-steps`, `pascal-4-by-4-steps`."""
    numbers = entry.drawn.values() if isinstance(entry.drawn, Mapping) else [entry.drawn]
    return f"{entry.name}-{'-by-'.join(map(str, numbers))}-steps"


def spell(steps: int | Mapping[str, int], sizes: Mapping[str, int]) -> str:
    """Return the lengths of the axes in words: `3 steps`, `2 steps of i and 3 of j`; behind them sizes: `, M = 3`."""
    told = "".join(f", {name} = {size}" for name, size in sizes.items())
    if not isinstance(steps, Mapping):
        return f"{steps} steps{told}"
    first, *others = (f"{length} steps of {axis}" for axis, length in steps.items())
    return " and ".join([first, *(other.replace(" steps", "") for other in others)]) + told


def formula(entry: Entry, circuit: Circuit) -> str:
    """Return the page of a circuit's formulas."""
    expansion = circuit.expand(entry.target, entry.steps, sizes=entry.sizes)
    steps = spell(entry.steps, entry.sizes)
    # The last place is the value after all steps; any other is one among them.
    when = f"in {steps}" if "(" in entry.target else f"after {steps}"
    parts = [
        f"<!-- {MARK}. -->",
        f"# {circuit.title}: formulas",
        "The equations:",
        _math(circuit.latex),
    ]
    arguments = expansion.signature
    if not arguments.endswith("()"):
        parts += [f"What it depends on {when}, the latest first:", _math(arguments.latex)]
    if expansion.size == 1:
        parts += [
            f"Its value {when}:",
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
        "`python gallery/build.py` makes them again. "
        "A program is there in the textbook's style, for reading, and as `compile` writes it, which is fast. "
        "All pictures together are on the [contact sheet](contact-sheet.md).",
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
            f"![{title}: {spell(entry.drawn, entry.sizes)}]({folder}/{drawn(entry)}.svg)",
            f"[circuit]({stem}.circuit), [formulas]({folder}/formula.md), [program]({stem}.py), "
            + (f"[the fast one]({stem}.fast.py), " if ".fast.py" in programs(Circuit.gallery(entry.name)) else "")
            + f"`unfoldgraph draw {entry.name}`",
        ]
    return "\n\n".join(parts) + "\n"


def contact_sheet() -> str:
    """Return the page that has all pictures side by side, small, each a link to the whole."""
    rows = ["| | circuit and unfolding | in numbers |", "| --- | --- | --- |"]
    for entry in ENTRIES:
        title = Circuit.gallery(entry.name).title or entry.name
        stems = {entry.name: "circuit and unfolding", drawn(entry): spell(entry.drawn, entry.sizes)}
        thumbnails = (
            f'[<img src="{entry.name}/{stem}.png" width="{THUMBNAIL}" alt="{html.escape(title)}: {what}">]'
            f"({entry.name}/{stem}.svg)"
            for stem, what in stems.items()
        )
        name = title.replace("|", r"\|")
        rows.append(f"| [{name}]({entry.name}/{entry.name}.circuit) | {' | '.join(thumbnails)} |")
    parts = [
        f"<!-- {MARK}. -->",
        "# Contact sheet",
        "Every picture of the [gallery](README.md), a row for each circuit; a click shows one whole.",
        "\n".join(rows),
    ]
    return "\n\n".join(parts) + "\n"


def _math(latex: str) -> str:
    # Where these pages are most often read, operatorname is not allowed.
    latex = latex.replace(r"\operatorname{", r"\mathrm{")
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
