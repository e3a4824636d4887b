"""A page: the picture, with the equation of each node, what it depends on, and the steps one after the other.

It is one file without anything from outside: the SVG, its style, and a script that may run by the hashes in the
page's own policy. The formulas are outlines like the picture's, so they look the same on every machine; MathML would
need a font for mathematics there. Without scripts the page shows the picture and lists the equations.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from unfoldgraph.algebra.pieces import sign
from unfoldgraph.base.files import MARK
from unfoldgraph.drawing.annotations.frames import beginnings, growth_of
from unfoldgraph.drawing.annotations.notes import NO_NOTES, Formula, Note, Notes, Stages, WrittenEquation
from unfoldgraph.drawing.formats.svg import Glyphs, drawing, escape
from unfoldgraph.drawing.scene.scene import STEPS_VIEWS, Edge, Frame, Node, Scene, Text, number
from unfoldgraph.drawing.scene.style import Style
from unfoldgraph.drawing.scene.themes import THEMES, Theme
from unfoldgraph.drawing.text.html_formulas import AXIS, Word, words_of

__all__ = ["write"]

# Formulas are set in the type of the unfolded view, whose glyphs they share.
_TYPE = Style(0.0).unfolded_type
# Words are centred about the axis of mathematics, and reach at least so many ems above and below it.
_HALF = 0.72
# What nodes are, where the name of their role does not say it.
_KINDS = {"boundary": "boundary value", "ellipsis": "the steps that are not drawn", "sink": "what later steps read"}
_CUT_KINDS = {"boundary": "value from another step"}
_HELP = (
    "Arrow keys lead from node to node, Home and End along a row. Enter or a click keeps a node, Escape lets it go. "
    "Plus and minus zoom, 0 fits, P plays."
)


def write(scene: Scene, notes: Notes = NO_NOTES) -> bytes:
    """HyperText Markup Language: a page to explore the picture in, with notes on its nodes where there are any."""
    return _HtmlPage(scene, notes).text().encode()


class _HtmlPage:
    """One page under construction."""

    def __init__(self, scene: Scene, notes: Notes) -> None:
        self._scene = scene
        self._theme = THEMES[scene.theme]
        self._glyphs = Glyphs(scene.name)
        self._words: dict[Word, int] = {}
        self._notes = notes

    def text(self) -> str:
        """Return the page."""
        scene = self._scene
        body = drawing(scene, self._glyphs)
        equations = [self._equation(equation) for equation in self._notes.equations]
        nodes = [self._equation(note.equation, 1) for note in self._told()]
        data = _json(self._data())
        # What all of these wrote is defined at the end of the page.
        symbols = [self._symbol(word, n) for word, n in self._words.items()]
        style = _colours(self._theme, scene) + _file("page.css")
        script = _file("page.js")
        policy = (
            f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data:; "
            "base-uri 'none'; form-action 'none'"
        )
        box = f"0 0 {number(scene.width)} {number(scene.height)}"
        title = escape(scene.title)
        lines = [
            "<!doctype html>",
            f"<!-- {MARK} -->",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>",
            '<link rel="icon" href="data:,">',
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            f"<header><h1>{title}</h1></header>",
            "<main>",
            "<figure>",
            f'<svg role="img" aria-label="{title}" aria-describedby="{scene.name}-desc" viewBox="{box}">',
            f'<desc id="{scene.name}-desc">{escape(scene.description)}</desc>',
            *body,
            "</svg>",
            "</figure>",
            *_controls(self._notes.stages),
            '<section class="note" aria-label="Equation">',
            '<div class="equations">',
            *equations,
            "</div>",
            "</section>",
            '<p class="said" aria-live="polite"></p>',
            "</main>",
            "<footer>",
            f'<p class="help" hidden>{_HELP}</p>',
            "<details>",
            "<summary>In words, and the equations of all nodes</summary>",
            f"<p>{escape(scene.description)}</p>",
            *nodes,
            "</details>",
            "</footer>",
            '<svg class="words" aria-hidden="true">',
            "<defs>",
            *self._glyphs.definitions(),
            *symbols,
            "</defs>",
            "</svg>",
            f'<script type="application/json">{data}</script>',
            f"<script>{script}</script>",
            "</body>",
            "</html>",
        ]
        return "\n".join(lines) + "\n"

    def _told(self) -> Iterable[Note]:
        """Return the notes on the nodes of the unfolded view that have an equation."""
        views = {item.id: item.view for item in self._scene.items if isinstance(item, Node)}
        for name, note in self._notes.notes.items():
            if views[name] in STEPS_VIEWS and note.equation.rights:
                yield note

    # Formulas ---------------------------------------------------------------------------------------

    def _numbers(self, formula: Formula) -> list[int]:
        """Return the numbers of the words of a formula."""
        return [self._number(word) for word in words_of(formula.pieces, _TYPE)]

    def _number(self, word: Word) -> int:
        """Return the number of a word, a new one where it has none yet."""
        return self._words.setdefault(word, len(self._words))

    def _equation(self, equation: WrittenEquation, lines: int | None = None) -> str:
        """Return an equation as an element, with all its right sides or the first few."""
        parts = [self._formula(equation.left, "left")]
        for right in equation.rights[:lines]:
            parts.append(self._formula(_equal_to(right), "right"))
        return f'<div class="equation">{"".join(parts)}</div>'

    def _formula(self, formula: Formula, side: str) -> str:
        words = "<wbr>".join(
            f'<svg width="{_ems(word.width)}" height="{_ems(2 * _half(word))}"><use href="#{self._name(word)}"/></svg>'
            for word in words_of(formula.pieces, _TYPE)
        )
        return f'<span class="{side}" role="img" aria-label="{escape(formula.text)}">{words}</span>'

    def _name(self, word: Word) -> str:
        return f"{self._scene.name}-w{self._number(word)}"

    def _symbol(self, word: Word, n: int) -> str:
        half = _half(word)
        top = -AXIS * _TYPE - half
        box = f"0 {number(top)} {number(word.width)} {number(2 * half)}"
        return f'<symbol id="{self._scene.name}-w{n}" viewBox="{box}">{self._glyphs.uses(word.label)}</symbol>'

    # Data -------------------------------------------------------------------------------------------

    def _data(self) -> dict[str, Any]:
        """Return what the script goes by."""
        stages = self._notes.stages
        beside, frames = self._beside()
        labels: dict[str, str] = {}
        for item in self._scene.items:
            if isinstance(item, Text):
                # What follows the name of a node is its value.
                labels[item.of] = f"{labels[item.of]} {item.text}" if item.of in labels else item.text
        nodes = {}
        for item in self._scene.items:
            if isinstance(item, Node) and item.view != "legend":
                kinds = {**_KINDS, **_CUT_KINDS} if item.view == "cut" else _KINDS
                nodes[item.id] = {
                    "view": "steps" if item.view in STEPS_VIEWS else item.view,
                    "name": item.name,
                    "kind": kinds.get(item.role, item.role),
                    "label": labels.get(item.id, item.name),
                    "stage": stages.stage.get(item.id, 0),
                    **self._told_of(self._notes.notes.get(item.id)),
                }
        return {
            "prefix": f"{self._scene.name}-",
            "em": _TYPE,
            "size": [self._scene.width, self._scene.height],
            "weights": dict(self._theme.weights),
            "inverse": self._theme.inverse,
            "stages": list(stages.names),
            "beside": beside,
            "frames": frames,
            "nodes": nodes,
        }

    def _told_of(self, note: Note | None) -> dict[str, Any]:
        """Return a note as the script reads it; what there is nothing to say of is left out."""
        if note is None:
            return {}
        rights = [[right.text, *self._numbers(right)] for right in map(_equal_to, note.equation.rights)]
        found = {
            "left": [note.equation.left.text, *self._numbers(note.equation.left)],
            "rights": rights,
            "remark": note.remark,
            "ancestors": note.reach.ancestors,
            "through": list(note.reach.through),
        }
        return {key: value for key, value in found.items() if value or value == 0}

    def _beside(self) -> tuple[list[int], dict[str, int]]:
        """Return the stages of texts that belong to no element, such as a count of steps left out, and of frames."""
        ids = {item.id for item in self._scene.items if isinstance(item, Node | Edge)}
        steps = growth_of(self._scene)
        # Stages are counted from the circuit, or where there is none from the first step.
        begun = steps.last + 1 - len(self._notes.stages.names)
        texts: list[int] = []
        frames: dict[str, int] = {}
        for item, first in zip(self._scene.items, beginnings(self._scene, steps), strict=True):
            if isinstance(item, Text) and item.of not in ids:
                # The word between the views stays with the arrow.
                texts.append(max(0, first - begun) if item.of != "unfold" else 0)
            elif isinstance(item, Frame):
                frames[item.id] = max(0, first - begun)
        return texts, frames


def _controls(stages: Stages) -> list[str]:
    """Return what the script shows to play and to zoom."""
    last = len(stages.names) - 1
    grow = [
        '<button type="button" class="play">Play</button>',
        f'<input type="range" min="0" max="{last}" value="{last}" step="1" aria-label="Steps shown">',
        "<output></output>",
    ]
    return [
        '<div class="controls" hidden>',
        *(grow if last else []),
        '<span class="zoom">',
        '<button type="button" aria-label="Zoom out">\u2212</button>',
        '<button type="button" aria-label="Zoom in">+</button>',
        '<button type="button">Fit</button>',
        "</span>",
        "</div>",
    ]


def _equal_to(right: Formula) -> Formula:
    """Return a right side behind its equals sign."""
    return Formula(f"= {right.text}", (sign("="), *right.pieces))


def _half(word: Word) -> float:
    """Return how far a word reaches above and below the axis of mathematics."""
    _, top, _, bottom = word.label.box
    axis = -AXIS * _TYPE
    return max(_HALF * _TYPE, axis - top + 1, bottom - axis + 1)


def _ems(length: float) -> str:
    return f"{number(length / _TYPE)}em"


def _colours(theme: Theme, scene: Scene) -> str:
    """Return the colours and the size of a picture as variables of the style."""
    red, green, blue = (int(theme.background[n : n + 2], 16) for n in (1, 3, 5))
    values = {
        "background": theme.background,
        "text": theme.text,
        "accent": theme.accent,
        "faint": theme.faint,
        "faint-text": theme.faint_text,
        "faint-inverse": theme.faint_inverse,
        "width": number(scene.width),
        "height": number(scene.height),
    }
    written = "".join(f" --{name}: {value};" for name, value in values.items())
    scheme = "dark" if 2 * red + 5 * green + blue < 8 * 128 else "light"
    return f":root {{ color-scheme: {scheme};{written} }}\n"


def _file(name: str) -> str:
    return files("unfoldgraph.drawing.formats").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the source by which a policy lets a text run."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(value: object) -> str:
    """Return JSON that can stand in a page: nothing in it ends the element around it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "".join(f"\\u{ord(c):04x}" if c in "<>&\u2028\u2029" or "\ud800" <= c <= "\udfff" else c for c in text)
