r"""LaTeX, as formulas are written in it here, taken apart into what stands side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Token", "tokens_of"]

_RELATIONS = frozenset(("=", "<", ">", r"\le", r"\ge", r"\ne"))
_BINARY = frozenset(("+", "-", r"\cdot", r"\odot", r"\land", r"\lor", r"\oplus", r"\bmod"))
#: What is higher than a line.
_TALL = re.compile(r"\\frac|\\sqrt|\\begin")
_OPERATOR = re.compile(r"\\(operatorname\{|mathrm\{\w{2,}|sum\b|prod\b|[a-z]{2,}$)")
_GREEK = re.compile(
    r"\\(var)?(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|"
    r"sigma|tau|upsilon|phi|chi|psi|omega|infty|top|lnot|ldots|cdots)$"
)
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)")
_DIGITS = re.compile(r"[0-9.]+")
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_NESTED = re.compile(r"\\(left|right)(?![a-z])|\\(begin|end)\{\w+\}")
_CELL = re.compile(r"\\\\|&|\{|\}|\\(?:begin|end|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """One sign, name or structure with its scripts.

    Attributes
    ----------
    kind : ``"letter"``, ``"binary"``, ``"relation"``, ``"open"``, ``"close"``, ``"punctuation"``, ``"operator"``,
        ``"word"``; or what has parts: ``"fraction"``, ``"root"``, ``"fenced"`` with its fences and what is
        inside, ``"cases"`` with the cells of its rows, two each.
    nucleus : Its LaTeX, without scripts.
    below, above : The scripts.
    space : What is added to the space before it, in ems.
    parts : The LaTeX of its parts.
    """

    kind: str
    nucleus: str
    below: str = ""
    above: str = ""
    space: float = 0.0
    parts: tuple[str, ...] = ()

    @property
    def latex(self) -> str:
        """The token as it is written."""
        below = f"_{{{self.below}}}" if self.below else ""
        return self.nucleus + below + (f"^{{{self.above}}}" if self.above else "")


def tokens_of(latex: str) -> list[Token]:
    r"""Return the tokens of a formula.

    >>> [token.kind for token in tokens_of(r"-a + f\left(b, \frac{1}{2}\right)^{2}")]
    ['letter', 'letter', 'binary', 'letter', 'fenced']
    """
    found: list[Token] = []
    at, space = 0, 0.0
    while at < len(latex):
        if latex[at].isspace():
            at += 1
        elif latex.startswith((r"\,", r"\;"), at):
            at, space = at + 2, 0.08
        else:
            kind, nucleus, parts, at = _nucleus(latex, at)
            before = found[-1].kind if found else "open"
            if nucleus in ("-", "+") and before in ("open", "binary", "relation", "punctuation", "operator", "word"):
                # With nothing before it to be taken from it is a sign.
                kind = "letter"
            below, above, at = _scripts(latex, at)
            found.append(Token(kind, nucleus, below, above, space, parts))
            space = 0.0
    return found


def _nucleus(latex: str, at: int) -> tuple[str, str, tuple[str, ...], int]:
    """Return the kind, the text and the parts of what begins at a place, and where it ends."""
    nested = _NESTED.match(latex, at)
    if nested and nested[1]:
        sign, start = _sign(latex, nested.end())
        if nested[1] == "right":
            return "close", sign, (), start
        inner, closing, end = _inside(latex, at)
        if _TALL.search(inner):
            return "fenced", latex[at:end], (sign, inner, closing), end
        return "open", sign, (), start
    if nested:
        inner, _, end = _inside(latex, at)
        return "cases", latex[at:end], _cells(inner), end
    digits = _DIGITS.match(latex, at)
    if digits:
        return "letter", digits[0], (), digits.end()
    command = _COMMAND.match(latex, at)
    start = end = command.end() if command else at + 1
    if latex[at] == "{":
        end = _group(latex, at)
    groups = []
    while command and latex.startswith("{", end):
        start, end = end, _group(latex, end)
        groups.append(latex[start + 1 : end - 1])
    written = latex[at:end]
    structure = {r"\frac": "fraction", r"\sqrt": "root"}.get(command[0]) if command else None
    return (structure, written, tuple(groups), end) if structure else (_kind(written), written, (), end)


def _kind(sign: str) -> str:
    if sign in _RELATIONS:
        return "relation"
    if sign in _BINARY:
        return "binary"
    if sign in ("(", "["):
        return "open"
    if sign in (")", "]"):
        return "close"
    if sign in (",", ";"):
        return "punctuation"
    if sign.startswith(r"\text{"):
        return "word"
    return "operator" if _OPERATOR.match(sign) and not _GREEK.match(sign) else "letter"


def _sign(latex: str, at: int) -> tuple[str, int]:
    r"""Return one sign, such as ``(`` or ``\langle``, and where it ends."""
    command = _COMMAND.match(latex, at)
    end = command.end() if command else at + 1
    return latex[at:end], end


def _scripts(latex: str, at: int) -> tuple[str, str, int]:
    """Return what stands below and above a nucleus, and where that ends."""
    found = {"_": "", "^": ""}
    while at < len(latex) and latex[at] in found:
        end = _group(latex, at + 1) if latex.startswith("{", at + 1) else at + 2
        # Set as the labels of the picture are, which writes scripts without spaces.
        inside = latex[at + 1 : end].removeprefix("{").removesuffix("}").replace(", ", "{,}")
        found[latex[at]] = re.sub(r"\s+(?=[+-])", "", inside)
        at = end
    return found["_"], found["^"], at


def _group(latex: str, at: int) -> int:
    """Return where the braces end that open at a place."""
    depth = 0
    for match in _BRACES.finditer(latex, at):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if not depth and match[0] == "}":
            return match.end()
    return len(latex)


def _inside(latex: str, at: int) -> tuple[str, str, int]:
    r"""Return what stands inside the ``\left`` or the ``\begin`` at a place, the sign that closes it, and its end."""
    depth = 0
    start = at
    for match in _NESTED.finditer(latex, at):
        depth += 1 if match[1] == "left" or match[2] == "begin" else -1
        if match.start() == at:
            start = match.end() if match[2] else _sign(latex, match.end())[1]
        if not depth:
            sign, end = _sign(latex, match.end()) if match[1] else ("", match.end())
            return latex[start : match.start()], sign, end
    return latex[start:], "", len(latex)


def _cells(inner: str) -> tuple[str, ...]:
    """Return the cells of the rows of an environment."""
    found = []
    depth, start = 0, 0
    for match in _CELL.finditer(inner):
        depth += {"{": 1, "}": -1, r"\begin": 1, r"\end": -1}.get(match[0], 0)
        if not depth and match[0] in ("&", r"\\"):
            found.append(inner[start : match.start()])
            start = match.end()
    return (*found, inner[start:])
