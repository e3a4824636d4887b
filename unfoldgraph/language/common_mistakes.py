"""What people type who know other notations, and the help it gets: one table.

A row is a pattern of what is typed and what helps. It is asked only where a text has been refused already, and it
answers only where the place that was refused lies within what it matched: a row says nothing of a text that is right,
nor of a mistake beside the one that it knows. Whoever follows a help has a circuit that is accepted, which the tests
do for each row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from unfoldgraph.algebra.operators import FUNCTIONS, REDUCTIONS
from unfoldgraph.base.errors import Span
from unfoldgraph.base.names import GREEK
from unfoldgraph.language.typed_values import (
    AROUND,
    NAME,
    bare,
    closing_bracket,
    edge_of,
    grouped,
    is_one_value,
    parts_of,
    value_after,
    value_before,
)

#: What to type for a character that is not in the language.
_PLAIN = {
    "−": "-", "–": "-", "—": "-", "∗": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "“": '"', "”": '"', "„": '"',
    "‘": '"', "’": '"', "⊙": "*", "∧": "and", "∨": "or", "¬": "not", "…": "..", "\u00a0": "a space", "√": "sqrt(…)",
    "^": "**", "&": "and", "|": "or", "~": "not", "!": "not", "∞": "inf", "≔": "=", "←": "=", "≈": "=",
    "∈": "in", "∥": "norm(…)", "‖": "norm(…)", "⊤": ".T", "ᵀ": ".T", "∑": "sum(… for k in 0..3)",
    "∏": "prod(… for k in 1..3)", "⌊": "floor(…)",
}  # fmt: skip
#: Cyrillic letters that look like Latin ones.
_LOOKALIKE = dict(zip("АВЕКМНОРСТХасеорхуіј", "ABEKMHOPCTXaceopxyij", strict=True))

#: What functions of NumPy and Torch are called here, where they are called otherwise.
_RENAMED = {
    "maximum": "max", "amax": "max", "minimum": "min", "amin": "min", "concatenate": "concat", "cat": "concat",
    "hstack": "concat", "absolute": "abs", "fabs": "abs", "log_softmax": "logsoftmax", "mod": "%", "matmul": "@",
    "mm": "@", "mv": "@", "bmm": "@", "multiply": "*", "mul": "*", "add": "+", "subtract": "-", "divide": "/",
    "power": "**", "pow": "**",
}  # fmt: skip
_MODULES = frozenset({"np", "numpy", "math", "torch", "tf", "jnp", "jax", "nn", "F", "scipy", "sp", "keras", "K"})
_CONSTANTS = {"pi": "3.141592653589793", "e": "2.718281828459045, or exp(…) for a power of it", "inf": "inf"}
_ACCENTS = {"hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "dot": "dot"}
"""What stands over a letter in LaTeX, and the end of the name that is written for it."""

INDICES = "indices are written h(t-1) or h[t-1]"
_DIFFERENCE = "h(t) = h(t-1) + dt * (…)"
_DERIVATIVE = "a derivative becomes a difference equation"
GOES_ON = "what goes on over several lines stands in brackets: h(t) = (…)"
_TITLE = 'a title is quoted: title "…"'
_COMMENT = "a comment begins with #"
_CONDITION_OF_A_SUM = "write … for k in 0..3 if k > 1"
_CONDITIONAL = "write a if c else b"
_BOTH_ENDS = "both ends included"
_RANGE = f"a range is written 0..2, {_BOTH_ENDS}"
_ALWAYS = "an equation holds from 1 to end by itself: leave this out"
_COMMANDS = {
    "cdot": "write @ to multiply by a matrix, * to multiply numbers",
    "times": "write @ to multiply by a matrix, * to multiply numbers",
    "odot": "write *", "left": "write the bracket alone", "right": "write the bracket alone", "infty": "write inf",
    "partial": f"{_DERIVATIVE}: {_DIFFERENCE}", "top": "the transpose is written W.T", "leq": "write <=",
    "geq": "write >=", "neq": "write !=", "le": "write <=", "ge": "write >=", "ne": "write !=",
}  # fmt: skip
"""What is written for other commands of LaTeX."""

_PLACE = rf"{NAME}(?:\s*(?:\([^()=]*\)|\[[^\[\]=]*\]))?"
#: The end of a range, in one of the notations there are.
_END = r"-?\w+(?:\s*[+-]\s*\w+)?"


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: the statement, as far as one looks, and what a pattern found in it."""

    text: str
    match: re.Match[str]

    def __getitem__(self, group: str) -> str:
        """Return a group of the pattern, "" where it took no part."""
        return (self.match[group] or "").strip()

    @property
    def words(self) -> dict[str, str]:
        """All groups of the pattern."""
        return {name: self[name] for name in self.match.groupdict()}

    @property
    def before(self) -> str:
        """The value that ends before the place: `h(t-1)` before the `^` of `h(t-1)^T`."""
        return value_before(self.text, self.match.start("at"))

    @property
    def after(self) -> str:
        """The value that begins behind the place: `-h(t-1)` behind the `^` of `e^-h(t-1)`."""
        return value_after(self.text, self.match.end("at")).strip()

    @property
    def is_outside(self) -> bool:
        """Whether no bracket of the statement is open at the place."""
        before = self.text[: self.match.start("at")]
        return sum(before.count(one) for one in "([{") == sum(before.count(one) for one in ")]}")

    @property
    def is_left(self) -> bool:
        """Whether the place is on the left side of an equation."""
        return "=" not in self.text[: self.match.start("at")]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One row: a pattern, whose group `at` is what is refused of it, and what helps.

    The help is a sentence with groups of the pattern by name, or is made of what was typed; None where that is not
    this mistake after all.
    """

    #: Compiled only where a text is refused: all of them would take longer than the rest of this package.
    pattern: str
    help: str | Callable[[Typed], str | None]


@dataclass(frozen=True, slots=True)
class Found:
    """A mistake that is known: what of it is refused, and what helps."""

    span: Span
    help: str


def find(text: str, start: int, position: int) -> Found | None:
    """Return the mistake that explains why a place of a statement is refused, None where the table has none.

    Parameters
    ----------
    text : the whole source.
    start : where the statement begins.
    position : the place that is refused.

    Examples
    --------
    >>> find("h(t) = |h(t-1)|", 0, 7).help
    'an absolute value is written abs(h(t-1))'
    >>> find("h(t) = tanh(h(t-1))", 0, 7)
    """
    stop = text.find("\n", position)
    statement = text[start : min(stop if stop >= 0 else len(text), position + AROUND)]
    place = position - start
    for row in MISTAKES:
        for match in re.compile(row.pattern).finditer(statement, max(0, place - AROUND)):
            if match.start("at") <= place < match.end("at"):
                typed = Typed(statement, match)
                help_ = row.help(typed) if callable(row.help) else row.help.format_map(typed.words)
                if help_ is not None:
                    return Found(Span(start + match.start("at"), start + match.end("at")), help_)
    return None


def plain_character(character: str) -> str | None:
    """Return what to type for a character that is not in the language.

    >>> plain_character("≤"), plain_character("⁴"), plain_character("$")
    ('<=', '**4', None)
    """
    plain = _PLAIN.get(character) or _LOOKALIKE.get(character)
    if plain is not None:
        return plain
    normal = plain_text(character)
    if normal == character or not normal.isascii() or not normal.isprintable():
        return None
    return f"**{normal}" if unicodedata.decomposition(character).startswith("<super>") else normal


def side_by_side(before: str, after: str) -> str | None:
    """Return what may be meant by two values with nothing between them.

    >>> side_by_side("tanh", "x(t)"), side_by_side("2", "x")
    ('write tanh(x(t))', 'is a product meant? write 2 * x')
    """
    if before in FUNCTIONS or before in REDUCTIONS:
        return f"write {before}({bare(after)})"
    if not after or not before or after == "()":
        return None
    return f"is a product meant? {product(before, after)}"


def plain_text(typed: str) -> str:
    """Return superscripts and letters of other styles as plain ones.

    >>> plain_text("⁻¹")
    '-1'
    """
    return unicodedata.normalize("NFKC", typed).replace("−", "-")


def product(before: str, after: str) -> str:
    """Return how the product of two values is written.

    >>> product("2", "h(t-1)"), product("W", "h(t-1)")
    ('write 2 * h(t-1)', 'write W @ h(t-1) where W is a matrix, W * h(t-1) for numbers')
    """
    if not before or not after:
        return "write @ to multiply by a matrix, * to multiply numbers"
    if before[-1:].isdigit() and before[:1].isdigit():
        return f"write {before} * {after}"
    if after[:1].isdigit():
        return f"write {before} * {after}"
    return f"write {before} @ {after} where {before} is a matrix, {before} * {after} for numbers"


def _is_index(inside: str) -> bool:
    """Say whether what stands in a subscript can only be an index: `t-1`, `i, j`, `n+1`."""
    places = [re.fullmatch(r"[A-Za-z]\s*(?P<moved>[+-]\s*\w+)?", place.strip()) for place in inside.split(",")]
    return all(places) and (len(places) > 1 or bool(places[0] and places[0]["moved"]))


# What helps, where it takes more than a sentence ------------------------------------------------------


def _absolute(typed: Typed) -> str | None:
    inside = typed["inside"]
    return f"an absolute value is written abs({inside})" if inside else None


def _primed(typed: Typed) -> str:
    if re.match(r"\s*title\b", typed.text):
        return _TITLE
    value = typed.before
    name = re.match(NAME, value)
    is_called = re.match(r"\s*[(\[]", typed.text[typed.match.end("at") :])
    transposed = "W.T" if is_called or not value or value[0].isdigit() else f"{value}.T"
    primed = f"{name[0]}_prime{value[name.end() :]}" if name else "h_prime"
    return f"the transpose is {transposed}, a name with a prime {primed}, and {_DERIVATIVE}: {_DIFFERENCE}"


def _raised(typed: Typed) -> str | None:
    """Help with `^`, which stands for a transpose, an inverse, an index or a power."""
    value, exponent = typed.before, typed.after
    inside = bare(exponent)
    if inside in ("T", "\\top", "\\intercal") and not value[:1].isdigit():
        power = f", a power {value}**T" if exponent == "T" and value else ""
        return f"the transpose is written {value or 'W'}.T{power}"
    if exponent.startswith("{(") or (typed.is_left and re.match(r"[{(]", exponent)):
        place = bare(inside)
        return f"indices are written {value}({place}) or {value}[{place}]" if re.fullmatch(NAME, value) else INDICES
    if value in FUNCTIONS and inside:
        return f"write {value}({inside})"
    if value == "e" and inside:
        return f"a power of e is written exp({inside})"
    if inside == "-1" and not value[:1].isdigit():
        return f"the inverse of a matrix is inv({value}), a power is written {value}**-1"
    if is_one_value(value) and exponent.startswith("(") and re.fullmatch(r"[a-z]\s*(?:[+-]\s*[0-9]+)?", inside):
        return f"a power is written {value}**{exponent}, an index {value}({inside})"
    if exponent.startswith("{") and inside:
        return f"a power is written {value}**{grouped(inside)}"
    return None


def _subscribed(typed: Typed) -> str | None:
    """Help with `h_{t-1}`, `W_{hh}`, `sum_{k=0}^{3}`."""
    base, inside = typed["name"].rstrip("_"), typed["inside"]
    if base in REDUCTIONS:
        return _summed(typed, base)
    if _is_index(inside):
        letter = inside[0]
        others = dict.fromkeys(re.findall(rf"\b([A-Za-zΑ-Ωα-ω]\w*)_{letter}\b(?!\s*\{{)", typed.text))
        so = ", ".join(f"{name}({letter}) for {name}_{letter}" for name in list(others)[:3])
        return f"indices are written {base}({inside}) or {base}[{inside}]" + (f", and so {so}" if so else "")
    if re.fullmatch(r"[A-Za-z]", inside):
        return f"an index is written {base}({inside}) or {base}[{inside}], a subscript {base}_{inside}"
    if re.fullmatch(r"[A-Za-z0-9]+", inside):
        return f"a subscript is written {base}_{inside}"
    return INDICES


def _factorial(typed: Typed) -> str:
    last = typed.before if re.fullmatch(r"\w+", typed.before) else "5"
    return f"is a factorial meant? write prod(k for k in 1..{last})"


def _summed(typed: Typed, name: str) -> str:
    between = re.match(r"\{\s*([^{}<]+?)\s*<=\s*(\w+)\s*<=\s*([^{}<]+?)\s*\}", typed.text[typed.match.start("at") :])
    if between:
        return f"write {name}(… for {between[2]} in {between[1]}..{between[3]}), {_BOTH_ENDS}"
    limits = re.search(r"\{\s*(\w+)\s*=\s*([^{}]+)\}\s*\^\s*\{?\s*([^{}\s]+)", typed.text[typed.match.start("at") :])
    runs = f"{limits[1]} in {limits[2].strip()}..{limits[3]}" if limits else "k in 0..3"
    return f"write {name}(… for {runs}), {_BOTH_ENDS}"


def _typeset(typed: Typed) -> str | None:
    """Help with what is written in LaTeX."""
    command, content = typed["command"], typed["content"] or typed["letter"]
    rest = typed.text[typed.match.end() :].lstrip()
    if not command and not rest:
        return GOES_ON
    if command in ("frac", "dfrac", "tfrac"):
        return _fraction(content, rest)
    if command in _ACCENTS and content:
        content = f"{content}_{_ACCENTS[command]}"
    elif command in REDUCTIONS and rest[:1] in ("_", "^"):
        return _summed(typed, command)
    elif command in FUNCTIONS or command in REDUCTIONS:
        return f"write {command}(…)"
    elif command in GREEK:
        return f"write {command} or {GREEK[command]}"
    elif command in _COMMANDS:
        return _COMMANDS[command]
    name = re.sub(r"\W", "", content)
    if not name:
        return "names and functions are written without \\"
    index = re.match(r"(?:\^\s*\{?\s*\(([^(){}]+)\)|_\s*\{([^{}]+)\}|_\s*([a-z])\b)", rest)
    inside = next(filter(None, index.groups()), "").strip() if index else ""
    if _is_index(inside) or re.fullmatch("[a-z]", inside):
        return f"names are written alone, and indices in brackets: {name}({inside}) or {name}[{inside}]"
    return f"write {name}"


def _fraction(above: str, rest: str) -> str:
    below = bare(rest[: closing_bracket(rest, 0) + 1]) if rest.startswith("{") else ""
    if re.match(r"d\s*[A-Za-z]?|\\partial", above) and re.fullmatch(r"(?:d|\\partial)\s*[a-z]", below):
        return f"{_DERIVATIVE}: {_DIFFERENCE}"
    return f"write {grouped(above)} / {grouped(below)}" if above and below else "write a / b"


def _decimal(typed: Typed) -> str:
    whole, decimals = typed["whole"], typed["decimals"]
    if len(decimals) == 3 and whole.strip("0"):
        return f"a number has a decimal point: {whole}.{decimals}; thousands have no comma: {whole}{decimals}"
    return f"a number has a decimal point: {whole}.{decimals}"


def _stepped(typed: Typed) -> str | None:
    """Help with `h(t) += x(t)`."""
    place, sign = typed["place"], typed["at"][:-1]
    before = re.sub(r"([(\[,]\s*[A-Za-z]\w*)(\s*[,)\]])", r"\1-1\2", place, count=1)
    before = re.sub(r"([(\[,]\s*[A-Za-z]\w*)\s*\+\s*1(\s*[,)\]])", r"\1\2", place) if before == place else before
    if before == place:
        return f"the step before is h(t-1): write h(t) = h(t-1) {sign} …"
    return f"write {place} = {before} {sign} …"


def _first_name(text: str) -> str:
    match = re.search(NAME, text)
    return match[0] if match else "h"


def _derived(typed: Typed) -> str | None:
    """Help with `dh/dt = …`, and with `dL/dW = …`, which is no equation for L."""
    by, index = typed["by"], typed["index"]
    if f"d{typed['name']}" in GREEK or not (typed["name"] or typed["rest"]):
        return None
    name = typed["name"] or _first_name(typed["rest"])
    if typed["of"] or not by.islower():
        return f"choose a name without /, as in d{name}_d{by}{typed['of']} = …"
    axis = index[1:-1].strip() if re.fullmatch(rf"\(\s*{NAME}\s*\)", index) else by
    step = f"{name}({axis}) = {name}({axis}-1) + d{axis} *"
    if typed["order"]:
        rate = "v" if name != "v" else "w"
        second = f"{rate}({axis}) = {rate}({axis}-1) + d{axis} * (…)"
        return f"{_DERIVATIVE} for each order: {step} {rate}({axis}-1); {second}"
    return f"{_DERIVATIVE}: {step} (…)"


def _dotted(typed: Typed) -> str | None:
    """Help with `np.tanh(…)`, `W.dot(h)`, `math.pi`."""
    value, name = typed.before, typed["name"]
    if not value or value in ("for", "in", "if", "else"):
        return None
    called, own = bool(typed["called"]), _RENAMED.get(typed["name"], typed["name"])
    is_module = value in _MODULES or bool(typed["path"])
    if not is_module and ((name in ("t", "transpose", "T") and called) or name in ("mT", "H")):
        return f"the transpose is written {value}.T"
    if is_module and name in _CONSTANTS and not called:
        return f"write {_CONSTANTS[name]}"
    opening = typed.match.end() - 1
    closing = closing_bracket(typed.text, opening) if called else -1
    inside = typed.text[opening + 1 : closing] if closing >= 0 else ""
    parts = [part for part in parts_of(inside) if part]
    if is_module and name in ("array", "asarray", "tensor"):
        return _joined(inside)
    if is_module and parts and parts[0].startswith("["):
        parts = parts_of(parts[0][1:-1])
    if own == "dot" and is_module and len(parts) == 2:
        return f"write {grouped(parts[0])} @ {grouped(parts[1])} for a matrix, {own}({', '.join(parts)}) for vectors"
    if not own.isidentifier() or (own == "dot" and not is_module):
        operands = parts if is_module else [value, *parts]
        sign = "@" if own == "dot" else own
        return f"write {f' {sign} '.join(map(grouped, operands))}" if len(operands) == 2 else f"write a {sign} b"
    if not called:
        own = name if value == "self" else f"{value}_{name}"
        return f"a name has no '.': write {own}" if re.fullmatch(NAME, value) and not typed["path"] else None
    if is_module:
        of_your_own = "" if own in FUNCTIONS or own in REDUCTIONS else ", a function that you give when it is run"
        return f"write {own}({', '.join(parts) or '…'}){of_your_own}"
    arguments = ", ".join([bare(value) if value.startswith("(") else value, *parts])
    return f"write {own}({arguments})"


def _broadcast(typed: Typed) -> str | None:
    """Help with `tanh.(x)`."""
    return f"write {typed.before}(…): it goes entry by entry" if typed.before in FUNCTIONS else None


def _listed(typed: Typed) -> str | None:
    """Help with `W @ [h(t-1), x(t)]`."""
    start = typed.match.start("at")
    closing = closing_bracket(typed.text, start)
    if closing < 0:
        return None
    inside = typed.text[start : closing + 1]
    called = re.search(rf"({NAME})\s*\($", typed.text[:start])
    if re.search(r"\bfor\b", inside):
        return f"{called[1]}(…) takes it without the square brackets" if called and called[1] in REDUCTIONS else None
    return _joined(inside)


def _joined(listed: str) -> str | None:
    """Return what stands for a list: a vector of numbers, several vectors in one, or brackets that group."""
    inside = listed[1:-1]
    if not re.search(r"[,;]|\b(?:if|and|or|not|xor)\b", inside):
        # Beside each other, as in MATLAB.
        inside = re.sub(r"(?<=[\w)\]])\s+(?=[\w(])", ", ", inside.strip())
    parts = parts_of(inside)
    if not all(parts):
        return None
    if any(part.startswith("[") for part in parts):
        return "a matrix is a parameter, whose numbers are given when it is run: declare it, as in A : (2, 2)"
    if len(parts) == 1:
        return f"round brackets group: write ({parts[0]}); square ones take an entry, as in b[{parts[0]}]"
    is_number = [bool(re.fullmatch(r"-?\s*[0-9.]+(?:e-?[0-9]+)?", part)) for part in parts]
    if all(is_number):
        return f"numbers are put into a vector by stack({', '.join(parts)})"
    joined = ", ".join(f"stack({part})" if number else part for part, number in zip(parts, is_number, strict=True))
    return f"vectors are put into one by concat({joined}), numbers by stack(…)"


def _summed_over(typed: Typed) -> str | None:
    """Help with `sum(b[k] * x(t-k), k=0..3)`."""
    if typed.is_outside and not typed.match[0].startswith("for"):
        return None
    return f"write … for {typed['name']} in {typed['first']}..{typed['last']}, {_BOTH_ENDS}"


def _ranged(typed: Typed) -> str | None:
    """Help with `for k in range(3)`."""
    opening = typed.match.start("open")
    closing = closing_bracket(typed.text, opening)
    parts = parts_of(typed.text[opening + 1 : closing]) if closing >= 0 else []
    if not 1 <= len(parts) <= 2 or not all(parts):
        return _RANGE
    first, stop = parts if len(parts) == 2 else ["0", *parts]
    return f"write {typed['name']} in {first}..{_more(stop, -1)}: a range has both its ends"


def _conditional(typed: Typed) -> str:
    """Help with `h(t) = h(t-1) if t > 1`."""
    first = typed["first"] if typed["relation"] == ">=" else _more(typed["first"], 1)
    return f"{_CONDITIONAL}; an equation that holds from there on ends in for {typed['name']} in {first}..end"


def _compared(typed: Typed) -> str:
    """Help with `for s <= t` in a sum, and with `for t >= 2` after an equation."""
    name, relation, last = typed["name"], typed["at"], typed["last"]
    if not typed.is_outside:
        return f"write … for {name} if {name} {relation} {last}"
    if relation.startswith(">"):
        return f"write … for {name} in {last if relation == '>=' else _more(last, 1)}..end"
    return f"write … for {name} in 1..{last if relation == '<=' else _more(last, -1)}"


def _between(typed: Typed) -> str:
    """Help with `for 1 <= s < t`."""
    first = typed["first"] if typed["below"] == "<=" else _more(typed["first"], 1)
    last = typed["last"] if typed["above"] == "<=" else _more(typed["last"], -1)
    return f"write … for {typed['name']} in {first}..{last}"


def _more(end: str, by: int) -> str:
    """Return an end of a range, moved by one."""
    if end.isdigit():
        return str(int(end) + by)
    opposite = re.fullmatch(rf"(.*\w)\s*{re.escape('-' if by > 0 else '+')}\s*1", end)
    return opposite[1] if opposite else f"{end}{by:+d}"


def _equations_on_a_line(typed: Typed) -> str | None:
    return "between equations stands ; or a new line" if typed.is_outside and not typed.is_left else None


def _named_argument(typed: Typed) -> str | None:
    return None if typed.is_outside or typed.is_left else "an argument is given without its name; to compare, write =="


def _holding(typed: Typed) -> str | None:
    """Help with `h(t) = h(t-1) + x(t), t >= 1`."""
    name, first = typed["name"], int(typed["first"]) + (typed["relation"] == ">")
    if not typed.is_outside or not re.search(rf"\b{name}\b", typed.text.partition("=")[0]):
        return None
    if first == 1:
        return _ALWAYS
    return f"write … for {name} in {first}..end"


def _slashes(typed: Typed) -> str | None:
    """Help with `//`, which begins a comment or divides."""
    value, rest, after = typed.before, typed["rest"], typed.after
    # Two words side by side are no expression.
    if not value or not after or not re.match(r"\s*(?:$|[-+*/%@)\],;])", rest[len(after) :]):
        return _COMMENT
    whole = f"a quotient without its fraction is floor({grouped(value)} / {grouped(after)})"
    return whole if re.match(r"[^A-Za-z]|.*[(\[]", rest) else f"{_COMMENT}; {whole}"


def _chosen(typed: Typed) -> str | None:
    """Help with `c ? a : b`."""
    if typed.is_left:
        return None
    text, place = typed.text, typed.match.start("at")
    condition = text[edge_of(text, place - 1, -1, "=,;") + 1 : place].strip()
    colon = edge_of(text, place + 1, 1, ":")
    stop = edge_of(text, colon + 1, 1, ",;#")
    yes, no = text[place + 1 : colon].strip(), text[colon + 1 : stop].strip()
    if text[colon : colon + 1] != ":":
        return None
    is_whole = all(re.match(r"[^*/@%+?]+$|[^*/@%+][^?]*[\w)\]]$", part) for part in (condition, yes, no))
    return f"write {yes} if {condition} else {no}" if is_whole else _CONDITIONAL


def _typed_size(typed: Typed) -> str:
    inside = plain_text(bare(typed["sizes"]))
    sizes = [size for size in re.split(r"[\s×,*]+|\\times|\bx\b", inside) if size]
    shape = sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"
    return f"a shape is declared as {typed['place']} : {shape}"


MISTAKES: tuple[Mistake, ...] = (
    # Statements of other languages.
    Mistake(r"\A\s*title\s+(?P<at>[^\"\s].*)", _TITLE),
    Mistake(r"\A\s*(?P<at>//|/\*|%|--[^=\n]*|\"\"\")", _COMMENT),
    Mistake(r"\A\s*(?:import|from)\s+(?P<at>\S+)", "nothing is imported: tanh, exp and the like are there"),
    Mistake(rf"\A\s*(?P<at>(?:let|var|const|val|float|double|int)\s+(?P<place>{_PLACE}))\s*=", "write {place} = …"),
    Mistake(r"\A\s*(?P<at>for)\b", "an equation holds at every step: write h(t) = … alone"),
    Mistake(rf"\A\s*def\s+{NAME}\s*\([^()]*\)\s*(?P<at>:|->)", "write def f(x) = …"),
    Mistake(r"\A\s*(?P<at>[-+*/@.])(?![^\n]*[=:])", GOES_ON),
    Mistake(
        rf"\A\s*(?P<place>{_PLACE})\s*(?P<at>(?:∈|:)\s*[Rℝ]\s*\^?)\s*(?P<sizes>\{{[^{{}}]*\}}|\([^()]*\)|\w+)",
        _typed_size,
    ),
    # Signs of an equation.
    Mistake(rf"\A\s*(?P<place>{_PLACE})\s*(?P<at>==|:=|<-|<=|=>|~(?!\()|≔|←)", "an equation is written {place} = …"),
    Mistake(rf"\A\s*(?P<place>{_PLACE})\s*(?P<at>(?:\*\*|[-+*/%@])=)", _stepped),
    Mistake(
        rf"\A\s*(?P<at>[d∂]\s*(?P<order>(?:\^|\*\*)\s*[0-9]|²)?\s*(?P<name>(?:{NAME})?)\s*(?P<index>\([^()]*\))?\s*/\s*[d∂]"
        r"\s*(?P<by>[A-Za-zΑ-Ωα-ω](?:_\w+|[0-9]+)?|tau)(?!\w)(?:\s*(?P<of>\([^()]*\)|\[[^\[\]]*\]))?(?P<rest>[^=]*?))\s*=",
        _derived,
    ),
    Mistake(r"(?P<at>∂)", f"{_DERIVATIVE}: {_DIFFERENCE}"),
    Mistake(
        rf"(?P<at>,)\s*(?:for\s+)?(?:all\s+)?(?P<name>{NAME})\s*(?P<relation>=|in\b|>=|>)\s*(?P<first>-?[0-9]+)"
        rf"(?:\s*(?:\.\.|:|,)(?:\s*(?P<last>{_END}))?|(?=\s*$))",
        _holding,
    ),
    Mistake(rf"(?P<at>,|\bwhere\b|\bwith\b)\s*{_PLACE}\s*=(?!=)", _equations_on_a_line),
    Mistake(rf"\band\s+{_PLACE}\s*(?P<at>=)(?!=)", _equations_on_a_line),
    # Ranges.
    Mistake(
        rf"\bfor\s+(?P<name>{NAME})\s+(?P<at>from)\s+(?P<first>{_END})\s*(?:\.\.|:|\bto\b|,)\s*(?P<last>{_END})",
        _summed_over,
    ),
    Mistake(
        rf"[,;]\s*(?P<name>{NAME})\s+(?P<at>in)\s+(?P<first>{_END})\s*(?:\.\.|:|\bto\b)\s*(?P<last>{_END})",
        _summed_over,
    ),
    Mistake(
        rf"\b(?P<name>{NAME})\s+in\s+(?P<at>[\[({{])\s*(?P<first>{_END})\s*,(?:[^\])}}]*,)?\s*(?P<last>{_END})\s*[\])}}]",
        f"write {{name}} in {{first}}..{{last}}, {_BOTH_ENDS}",
    ),
    Mistake(
        rf"(?P<at>(?P<first>{_END})\s*(?:,\s*)?\.\.\.\s*(?:,\s*)?(?P<last>{_END}))",
        f"write {{first}}..{{last}}, {_BOTH_ENDS}",
    ),
    Mistake(rf"\bfor\s+(?P<name>{NAME})\s*(?P<at><=|>=|<|>)\s*(?P<last>{_END})", _compared),
    Mistake(
        rf"\bfor\s+(?P<at>(?P<first>{_END})\s*(?P<below><=|<)\s*(?P<name>{NAME})\s*(?P<above><=|<)\s*(?P<last>{_END}))",
        _between,
    ),
    Mistake(rf"\bfor\s+(?P<at>(?:all|every|each)\s+{NAME})\s*$", _ALWAYS),
    Mistake(
        rf"\.\.\s*{_END}\s*,?\s*(?P<at>\b(?:step|by)\b)", "a range goes by ones: multiply its index where it is used"
    ),
    Mistake(rf"\.\.\s*{_END}\s*,?\s*(?P<at>\b(?:where|when|with))\b", _CONDITION_OF_A_SUM),
    Mistake(rf"\.\.\s*{_END}\s*,\s*(?P<at>if)\b", _CONDITION_OF_A_SUM),
    Mistake(
        r"\bif\b(?:(?!\belse\b|\bfor\b)[^\n])*\s(?P<at>for)\b", f"the condition stands last: {_CONDITION_OF_A_SUM}"
    ),
    Mistake(rf"(?P<at>\bif)\s+(?P<name>{NAME})\s*(?P<relation>>=|>)\s*(?P<first>[0-9]+)\s*$", _conditional),
    Mistake(r"(?P<at>\bif)\b(?!.*\belse\b)", _CONDITIONAL),
    Mistake(rf",\s*{NAME}\s*=\s*1\s*,[^\n]*?\.\.(?P<at>\.)", _ALWAYS),
    Mistake(rf"\b(?P<name>{NAME})\s+in\s+(?P<at>range)\s*(?P<open>\()", _ranged),
    Mistake(
        rf"(?:\bfor\s+|[,(]\s*)(?P<name>{NAME})\s*(?P<at>=)\s*(?P<first>{_END})\s*(?:\.\.|:|\bto\b|,)\s*(?P<last>{_END})",
        _summed_over,
    ),
    Mistake(
        rf",\s*\(\s*(?P<name>{NAME})\s*(?P<at>,)\s*(?P<first>{_END})\s*,\s*(?P<last>{_END})\s*\)\s*\)",
        _summed_over,
    ),
    Mistake(
        rf"\b(?P<name>{NAME})\s+in\s+(?P<first>{_END})\s*(?P<at>:|\bto\b)\s*(?P<last>{_END})",
        f"write {{name}} in {{first}}..{{last}}, {_BOTH_ENDS}",
    ),
    # Signs of other notations.
    Mistake(r"(?P<at>\|\|)(?P<inside>[^|=]+)\|\|", "a length is written norm({inside})"),
    Mistake(r"(?:\A|[=(\[,;+\-*/@%<>]|\b(?:and|or|not|if|else)\b)\s*(?P<at>\|)(?P<inside>[^|]+)\|", _absolute),
    Mistake(r"(?<=[\w)\]])\s*(?P<at>~)", "to compare, write =="),
    Mistake(r"(?<=[\w)\]])\s*(?P<at>!)(?!=)", _factorial),
    Mistake(r"(?<=[\w)\]])\s+(?P<at>mod)\s+(?P<by>[\w(])", "a remainder is written with %, as in t % 3"),
    Mistake(r"(?<![\w}])(?P<at>\{)", "round brackets group, as in (a + b) * c"),
    Mistake(r"(?P<at>/\*)", _COMMENT),
    Mistake(r"(?P<at>\|\||&&)", lambda typed: "write or" if typed["at"] == "||" else "write and"),
    Mistake(r"(?P<at>\^)", _raised),
    Mistake(r"(?<=[\w)\]'])(?P<at>['’‘`´])", _primed),
    Mistake(rf"(?P<name>{NAME})(?P<at>\{{)(?P<inside>[^{{}}]*)\}}", _subscribed),
    Mistake(
        r"(?P<at>\\)(?P<command>[A-Za-z]*)\s*(?:\{(?P<content>[^{}]*)\}|(?P<letter>[A-Za-z])(?![A-Za-z]))?", _typeset
    ),
    Mistake(r"(?P<at>[⁰¹²³⁴-⁹⁻ⁿ]+)", lambda typed: f"write **{plain_text(typed['at'])}"),
    Mistake(r"(?P<at>[ᵢⱼₐ-ₜ])", INDICES),
    Mistake(r"(?P<at>⁽)", INDICES),
    Mistake(r"(?<![\w.,])(?P<whole>[0-9]+)(?P<at>,)(?P<decimals>[0-9]+)(?![0-9.])", _decimal),
    Mistake(r"(?P<at>\.)(?P<mark>\*\*|[-+*/])", "write {mark}: it goes entry by entry"),
    Mistake(r"(?P<at>\.\^)", "write **: it goes entry by entry"),
    Mistake(rf"(?P<at>\.(?P<path>(?:{NAME}\.)*)(?P<name>{NAME}))\s*(?P<called>\()?", _dotted),
    Mistake(r"(?P<at>\.)\(", _broadcast),
    Mistake(r"(?<=\S)\s*(?P<at>//)(?P<rest>[^\n]*)", _slashes),
    Mistake(r"(?P<at>\?)", _chosen),
    Mistake(r"=\s*(?P<at>if)\b", _CONDITIONAL),
    Mistake(r"(?P<at>[·×⋅])", lambda typed: product(typed.before, typed.after)),
    Mistake(r"(?P<at>\[)", _listed),
    # In a call, where no range is meant.
    Mistake(rf"[(,;]\s*{NAME}\s*(?P<at>=)(?!=)", _named_argument),
)
"""The table. The first row that knows the refused place answers."""
