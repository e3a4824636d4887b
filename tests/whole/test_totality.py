"""Any text whatever gives a circuit or a `CircuitError`, and of a circuit everything can be asked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from generators.circuits import everything
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from support.exercise import exercise, text_again, unfolded
from support.paths import ROOT
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError, end
from unfoldgraph.algebra.operators import FUNCTIONS, INFIX, REDUCTIONS
from unfoldgraph.base.files import gallery_names, gallery_source
from unfoldgraph.base.limits import ALL_AXES, AXES, TERMS, WORDS
from unfoldgraph.language.grammar import BUILT_IN, RESERVED

_MANY = examples(100, suppress_health_check=list(HealthCheck))
_FEW = examples(10, suppress_health_check=list(HealthCheck))

VALID = {name: gallery_source(name)[0] for name in gallery_names()}

# Texts ------------------------------------------------------------------------------------------------

NAMES = ("h", "x", "y", "t", "j", "s", "W", "b", "θ", "theta", "h0", "f", "m", "tau", "np", "lambda")
NUMBERS = ("0", "1", "2", "-1", "0.5", "1e-300", "1e308", "007", "1e999", "1000001", "123456789012345678901234567890")
TOKENS = (
    *NAMES, *NUMBERS, *sorted(RESERVED), *sorted(BUILT_IN), *"()[]{}=+-*/%@<>:;,.?#\"'\\_!&|^~$\n\t\r\0×²\ufeff\u202e",
    "**", "<=", ">=", "==", "!=", "..", ".T", "h(t)", "h(t-1)", "x(t)", "h(t) = ", "\n", " for t", " in 0..2",
    'title "a"',
)  # fmt: skip
_TOKEN = re.compile(r"\w+|\*\*|[<>=!]=|\.\.|\.T|\s+|.", re.DOTALL)
_CHARACTERS = st.characters() | st.characters(codec="ascii") | st.characters(categories=["Cs", "Cf", "Cc", "Zl", "Zp"])


@_MANY
@given(st.text(_CHARACTERS, max_size=60))
def test_any_text(text: str) -> None:
    exercise(text)
    exercise(f"h(t) = h(t-1) + {text}")
    exercise(f'title "{text}"\nh(t) = h(t-1) # {text}')


@_MANY
@given(st.lists(st.sampled_from(TOKENS), max_size=25), st.sampled_from(["", " "]))
def test_any_words_of_the_language(tokens: list[str], separator: str) -> None:
    exercise(separator.join(tokens))
    exercise(f"h(t) = h(t-1) + {separator.join(tokens)}")


_EDITS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "repeat", "swap", "insert", "replace", "cut"]),
        st.integers(0, 2000), st.integers(0, 2000), st.sampled_from(TOKENS),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def mutated(parts: list[str], edits: list[tuple[str, int, int, str]]) -> str:
    """Return the parts of a text, some deleted, repeated, swapped, or others between them."""
    for kind, one, other, new in edits:
        at, from_ = one % max(1, len(parts)), other % max(1, len(parts))
        match kind:
            case "delete" | "replace":
                parts[at : at + 1] = [new] if kind == "replace" else []
            case "repeat":
                parts[at:at] = parts[from_ : from_ + 1]
            case "swap":
                parts[at : at + 1], parts[from_ : from_ + 1] = parts[from_ : from_ + 1], parts[at : at + 1]
            case "insert":
                parts[at:at] = [new]
            case "cut":
                del parts[at:]
    return "".join(parts)


@_MANY
@given(st.sampled_from(list(VALID.values())) | everything(), _EDITS, st.booleans())
def test_files_with_mistakes(source: str, edits: list[tuple[str, int, int, str]], by_token: bool) -> None:
    exercise(mutated(_TOKEN.findall(source) if by_token else list(source), edits))


def test_a_file_cut_off_anywhere() -> None:
    source = VALID["rnn-with-loss"]
    read = [exercise(source[:length], (text_again, unfolded)) for length in range(len(source))]
    assert sum(circuit is not None for circuit in read) > 10


@pytest.mark.parametrize("name", VALID)
def test_every_file_cut_off_here_and_there(name: str) -> None:
    source = VALID[name]
    starts = [match.start() for match in _TOKEN.finditer(source)]
    for length in Random(name).sample(starts, min(20, len(starts))):
        exercise(source[:length], (text_again, unfolded))
        exercise(source[length:], (text_again, unfolded))


# Circuits of any sort ---------------------------------------------------------------------------------


def an_operand(random: Random) -> str:
    kind = random.randrange(10)
    if kind < 4:
        place = random.choice(("t", "t", "t-1", "t-1", "t-2", "t-3", "0", "1", "2", "end", "end-1", "-1", "t+1", "tau"))
        read = f"{random.choice('hxyuz')}({place})"
        return read if random.random() < 0.9 else f"{read}[{random.choice(('0', '-1', '0:2'))}]"
    if kind < 6:
        return random.choice(("W", "b", "p", "q", "theta", "k"))
    if kind == 6:
        return random.choice(("0", "1", "2", "0.5", "1e300", "1e-300", "1000000", "12345678901234567890"))
    if kind == 7:
        return random.choice(("t", "end(t)", "m", "n", "o", "j", "s"))
    if kind == 8:
        return f"{random.choice('Wbpk')}[{random.choice(('0', '1', '-1', '0:2', '1:', '0, 0', '0, :', 'j', '5'))}]"
    return f"f({an_operand(random)}, {an_operand(random)}; theta)"


def an_expression(random: Random, depth: int) -> str:
    if depth == 0 or random.random() < 0.15:
        return an_operand(random)
    one, other, third = (an_expression(random, depth - 1) for _ in range(3))
    kind = random.randrange(20)
    if kind < 9:
        operator = random.choice((*INFIX, "+", "-", "*", "/", "@"))
        return f"({one} {operator} {other})" if kind < 6 else f"{one} {operator} {other}"
    if kind < 12:
        return random.choice(
            (
                f"-({one})",
                f"(not {one})",
                f"({one} if {other} else {third})",
                f"({one}).T",
                f"({one})[0]",
                f"g({one}, b)",
            )
        )
    if kind < 17:
        name = random.choice(sorted(FUNCTIONS))
        if name in ("zeros", "ones", "eye"):
            return f"{name}({random.choice(('m', 'n', '3', '2'))}{random.choice(('', ', m', ', 3'))})"
        if name == "one_hot":
            return f"one_hot({one}, {random.choice(('m', '3'))})"
        row = random.choice(FUNCTIONS[name])
        count = row.arity[0] + (row.arity[1] is None) * random.randrange(2)
        return f"{name}({', '.join((one, other, third)[:count])})"
    name = random.choice(sorted(REDUCTIONS))
    if kind == 17:
        return f"{name}({one} for j in {random.choice(('0..2', '1..1', '-1..1'))})"
    index = random.choice("tsj")
    return f"{name}({one.replace('(t', f'({index}')} for {index}{random.choice(('', '', ', j in 0..1'))})"


_DECLARED = (
    "x(t) : m", "u(t) : ()", "h(t) : m", "y(t) : m", "W : (m, m)", "b : m", "p, q : ()", "k : (3, m, m)", "theta : ?",
    "z(t) : (m, m)", 'title "a \\" <&> $_{"',
)  # fmt: skip


def a_circuit(random: Random) -> str:
    """Return a text that is mostly right: every operator, every sort of read, boundaries, pins and declarations."""
    lines = [line for line in _DECLARED if random.random() < 0.2]
    if random.random() < 0.2:
        lines.append(f"def g(a1, a2) = {random.choice(('a1', 'a2 + a1', 'tanh(a1) @ a2', 'a1[0]', 'a1 * 2 - p'))}")
    for name in "hyz"[: random.randrange(1, 4)]:
        right = an_expression(random, random.randrange(4))
        if random.random() < 0.5:
            right = f"{name}(t-{random.randrange(1, 4)}) {random.choice('+*-')} {right}"
        lines.append(f"{name}({'t+1' if random.random() < 0.15 else 't'}) = {right}")
        for _ in range(random.choice((0, 0, 1, 2))):
            given = random.choice(("0", "1", "r", "2 * r", "y(end)", "x(1)", an_expression(random, 1)))
            lines.append(f"{name}({random.randrange(-2, 4)}) = {given}")
    if random.random() < 0.3:
        lines.append(f"o = {an_expression(random, 2)}")
    return "\n".join(lines)


_AXES_OF = {"h": "ti", "y": "ti", "s": "ti", "r": "t", "q": "i", "x": "ti", "u": "t", "v": "i", "A": "ij"}


def a_place(random: Random, axis: str, own: str) -> str:
    """Return one place of a read: mostly the axis itself, a step back, or another axis, an edge or a number."""
    kind = random.randrange(20)
    if kind < 15 and axis in own:
        return f"{axis}{random.choice(('', '', '-1', '-1', '-2', '+1'))}"
    if kind < 18 or not own:
        return random.choice(("end", "end-1", "1", "2", "0", "end+1", "-1"))
    return f"{random.choice(own)}{random.choice(('', '-1'))}" if kind < 19 else random.choice("tijk")


def an_expression_of_two_axes(random: Random, names: str, own: str, depth: int) -> str:
    """Return an expression with reads along several axes, reductions over them, and their numbers."""
    if depth == 0 or random.random() < 0.2:
        kind = random.randrange(10)
        if kind < 8:
            name = random.choice(names)
            return f"{name}({', '.join(a_place(random, axis, own) for axis in _AXES_OF[name])})"
        return random.choice((*own, "1", "0.5", "b", "W[0, 1]", "end(t)", "end(i)", "c"))
    one, other = (an_expression_of_two_axes(random, names, own, depth - 1) for _ in range(2))
    kind = random.randrange(8)
    if kind == 0:
        bound = random.choice("kjti")
        inner = an_expression_of_two_axes(random, names, own + bound, depth - 1)
        return f"{random.choice(sorted(REDUCTIONS))}({inner} for {bound}{random.choice(('', '', ' in 0..2'))})"
    if kind == 1:
        return f"({one} if {other} else 0)"
    return f"({one} {random.choice(('+', '*', '-', '+', '@'))} {other})" if kind < 7 else f"tanh({one})"


def a_circuit_of_two_axes(random: Random) -> str:
    """Return a text of several axes: equations, edges, corners, rings and pins, many of which have an order."""
    lines = ["x(t, i), u(t), v(i), A(i, j) : ?", "W : (m, m); b : m" if random.random() < 0.2 else ""]
    signals = "hysrq"[: random.randrange(1, 6)]
    names = signals + "xuvA"
    for name in signals:
        own = _AXES_OF[name]
        lines.append(f"{name}({', '.join(own)}) = {an_expression_of_two_axes(random, names, own, random.randrange(3))}")
        for _ in range(random.choice((0, 0, 1, 2, 3))):
            index = [random.choice((axis, axis, "0", "end+1", "1", "end", "-1")) for axis in own]
            kept = "".join(axis for axis, at in zip(own, index, strict=True) if axis == at)
            right = an_expression_of_two_axes(random, names, kept, random.randrange(2))
            lines.append(f"{name}({', '.join(index)}) = {right}")
    if random.random() < 0.3:
        lines.append(f"o = {an_expression_of_two_axes(random, names, '', 2)}")
    return "\n".join(filter(None, lines))


SEEDS = st.integers(0, 2**64)
ANY_SORT = SEEDS.map(lambda seed: a_circuit(Random(seed))) | SEEDS.map(lambda seed: a_circuit_of_two_axes(Random(seed)))


@_MANY
@given(ANY_SORT, ANY_SORT, ANY_SORT)
def test_circuits_of_any_sort(one: str, other: str, third: str) -> None:
    for text in (one, other, third):
        exercise(text)


@examples(40, suppress_health_check=list(HealthCheck))
@given(everything())
def test_circuits_of_every_form(text: str) -> None:
    assert exercise(text) is not None


# Texts at the limits ----------------------------------------------------------------------------------


def many(line: str, count: int) -> str:
    """Return a line many times, `{0}` its number and `{1}` the next."""
    return "\n".join(line.format(number, number + 1) for number in range(count))


def tangle(size: int, axes: str, reads: int, least: int) -> str:
    """Return equations that read one another here and there, with delays from `least` to 2 along every axis."""
    random = Random(size)
    lines = []
    for number in range(size):
        places = [", ".join(f"{axis}{random.randrange(-2, 1 - least):+}" for axis in axes) for _ in range(reads)]
        right = " + ".join(f"a{random.randrange(size)}x({place})" for place in places)
        lines.append(f"a{number}x({', '.join(axes)}) = {right}")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("h(t) = " + "a + " * WORDS, f"more than {TERMS} operations"),
        (many("a{0}x(t) = a{1}x(t)", WORDS // 8), f"more than {WORDS} names, numbers and signs"),
        (many("a{0}x(i{0}) = 1", ALL_AXES + 1), f"the circuit has {ALL_AXES + 1} axes; the limit is {ALL_AXES}"),
        (f"h({', '.join('abcdefghi'[: AXES + 1])}) = 1", f"has {AXES + 1} axes; the limit is {AXES}"),
        ("c(i, j) = c(i-1, j)\n" + many("c({1}, {1}) = 1", 600), "'c' has more than 500 boundaries and pins"),
        (many("a{0}x(t) = a{1}x(t)", 3000) + "\na3000x(t) = a0x(t)", "3001 reads in a circle"),
        # Where only cycles that others join hang together, none of these was found.
        (tangle(60, "ijk", 4, -1), "algebraic loop"),
        (tangle(300, "t", 10, -1), "algebraic loop"),
    ],
    ids=range(8),
)
def test_what_is_too_much_says_so(text: str, sentence: str) -> None:
    with pytest.raises(CircuitError, match=sentence):
        Circuit(text)


@pytest.mark.parametrize(
    "text",
    [
        many("a{0}x(t) = a{0}x(t-1) + a{1}x(t)", 2000),
        many("a{0}x(t) = b{0} * a{1}x(t)", 3000),
        "h(t) = 0" + "".join(f" + x{n}(t)" for n in range(5000)),
        "h(t) = 0" + "".join(f" + h(t-{n})" for n in range(1, 4000)),
        "h(t) = h(t-2000)\n" + "\n".join(f"h({-n}) = {n}" for n in range(2000)),
        "h(t) = h(t-1)\n" + many("h({1}) = h({0})", 2000),
        "h(t) = sum(x(t-j) * y(t-k) for j in 0..49, k in 0..99)",
        tangle(1000, "t", 5, 1),
        tangle(100, "abcdefgh", 4, 1),
    ],
    ids=range(9),
)
def test_what_is_much_is_read(text: str) -> None:
    circuit = Circuit(text)
    assert Circuit(circuit.text()) == circuit


# Circuits from Python ---------------------------------------------------------------------------------

_HOSTILE_NAMES = st.sampled_from(
    (*NAMES, *sorted(RESERVED), *sorted(BUILT_IN), "__import__", "os.system('x')", "a b", "", "1a", "_", "a\nb = 1",
     "x(t)", "</svg>", "{0.__class__}", "τ", "end(t)", "é", "\u202e", "a\0", "None", "self", "steps", "t; import os",
     "W : (m, m)")
) | st.text(_CHARACTERS, max_size=8) | st.sampled_from((None, 3, ("a",), b"a"))  # fmt: skip


@_MANY
@given(st.data())
def test_a_circuit_from_python_with_any_names(data: st.DataObject) -> None:
    """Whatever the names are, each step works or is a `CircuitError`, and what is built can be read again."""

    def name() -> Any:
        return data.draw(_HOSTILE_NAMES)

    def tried(make: Callable[[], Any], instead: Any = None) -> Any:
        try:
            return make()
        except CircuitError as error:
            assert str(error)
            return instead

    title = data.draw(st.text(_CHARACTERS, max_size=8))
    own = data.draw(st.sampled_from(("c", "lambda", "a b", "</svg>")))
    c = tried(lambda: Circuit(name=own, title=title)) or Circuit()
    named = tried(lambda: c.axis(name()))
    t = c.axis("t__") if named is None else named
    shape: Any = data.draw(st.sampled_from(("m", 3, (), "m n", "(m", None, -1, 1.5)))
    made = [tried(lambda: c.input(name(), t, shape=shape))]
    made += [tried(lambda: c.signal(name(), t)) for _ in range(2)]
    values = [tried(lambda: c.parameter(name(), name())), tried(lambda: c.size(name())), 2, 0.5]
    values += [tried(lambda: c.range(name(), 0, 2)), *(tried(lambda: c.parameters(name()), ()))]
    f = tried(lambda: c.function(name()), lambda *_: 1)
    g = tried(lambda: c.define(name(), lambda a, b: a * b + 1), lambda *_: 2)
    signals = [one for one in made if one is not None]
    for signal in signals:
        for _ in range(data.draw(st.integers(1, 2))):
            at = data.draw(st.sampled_from((t, t, t - 1, 0, end, end + 1, 3, 0.5, "t", None)))
            read = data.draw(st.sampled_from(signals))
            value = data.draw(st.sampled_from(values))
            right = tried(lambda read=read, value=value: f(read[t - 1]) + g(value, read[t]) * read[t - 2][:2], 1)
            tried(lambda signal=signal, at=at, right=right: signal.__setitem__(at, right))
    tried(lambda: text_again(c))


@_FEW
@given(everything(), ANY_SORT)
def test_pictures_of_circuits_of_any_sort(one: str, other: str) -> None:
    for text in (one, other):
        exercise(text, (lambda circuit: circuit.draw().svg, lambda circuit: circuit.draw(steps=3).json))


# What was not total -----------------------------------------------------------------------------------

FOUND = (
    # Written otherwise than it was read.
    "h(t) = x(t) - 1e-300",
    f"h(t) = x(t) * 0.{'1' * 399}",
    f"h(t) = x(t) * {'1' * 300}.{'2' * 99}e-200",
    f"h(t) = {' + '.join(['1e300'] * 1000)}",
    "theta : ?\nh(t) = h(t-3) * (p > theta)\nh(3) = x(-1).T",
    "u(t) : ()\ntheta : ?\nh(t) = h(t-2) - theta[0, :]",
    "def g(a, b) = a[0]\nb : 3\ntheta : ?\ny(t) = g(z(end), theta)",
    # Shapes that do not fit in what is read.
    "y(t) : m\ny(t) = y(t-1) + (theta[1] + theta)",
    "h(t) = one_hot(h(t-1), 3)",
    "x(t) : n\nx(t) : 3\nh(t) = x(t)",
    "h(t) = u(1) @ p[-1]",
    # Depth beside pins.
    "h(t) = x(t-3)\nh(3) = r\no = h(end)",
    "z(t) = y(t)\ny(t) = y(t-2) - p\nz(3) = r",
    "h(t) = cosh(u(-1))\ny(t) = tanh(h(t-1))\nh(2) = y(2)",
    # The length of an axis by another name.
    "h(t) = h(t-1)\no = sum(h(j) * end(j) for j)",
    # What SymPy cannot do, or not in a lifetime.
    "x(t) : m\nh(t) = f(x(t), h(t-1); theta)\nh(0) = x(1)",
    "h(t) = h(t-1) % (x(t) > 0) + p % 0",
    "h(t) = t ** 12345678901234567890",
    "h(t) = floor(exp(1e300)) + 2 ** exp(1e300)",
    "h(t) = exp(log(2) * 1e300)",
    f"h(t) = h(t-1) + {'tanh(' * 30}x(t){')' * 30}",
    f"h(t) = h(t-1) + {'exp(sin(' * 30}x(t){'))' * 30}",
    "x(t) : m\nh(t) = logsoftmax(12345678901234567890 * x(t))",
    "h(t) : m\nh(t) = h(t-1) + (y(t-1) / t + norm(h(t-1)))",
    "p : (1000000, 1000000)\nh(t) = h(t-1) + sum(p)",
    "h(t) = h(t-1) + sum(f(x(t)))",
    # Too many levels for Python.
    f"h(t) = {'sum(' * 9}x(t)" + f" for {', '.join(f'j{k} in 0..0' for k in range(199))})" * 9,
    f"h(t) = {'sum(' * 199}x(t){' for j in 0..0)' * 199}",
    f"h(t) = x(t)\no = {'sum(' * 199}x(t){' for t)' * 199}",
    # Very many statements.
    "\n".join(f"a{k}(t) = a{k + 1}(t)" for k in range(1000)),
    "\n".join(["h0(t) = h999(t-1)", *(f"h{k + 1}(t) = h{k}(t)" for k in range(999))]),
)


@pytest.mark.parametrize("text", FOUND, ids=range(len(FOUND)))
def test_what_was_not_total(text: str) -> None:
    exercise(text)


def test_a_long_equation_is_refused_before_it_is_written() -> None:
    expansion = Circuit("h(t) = argmax(x(t-j) for j in 0..1500)").expand("h(1)")
    with pytest.raises(CircuitError, match="has 2256001 operations and names; the limit is 2000000"):
        expansion.let()


# An input is data -------------------------------------------------------------------------------------

#: Notes whatever is compiled or run from a text, written, or started, while texts are read.
WATCHED = r"""
import os, sys, warnings
from unfoldgraph import Circuit, CircuitError

warnings.simplefilter("ignore")
watching, seen = False, []

def watch(event, given):
    if not watching:
        return
    if event == "exec":
        suspicious = given[0].co_filename.startswith("<")
    elif event == "compile":
        suspicious = not isinstance(given[1], str) or given[1].startswith("<")
    elif event == "open":
        suspicious = bool(given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    else:
        suspicious = event in ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "socket.connect")
    if suspicious:
        seen.append((event, str(given)[:200]))

def ask(text):
    try:
        c = Circuit(text)
        c.text(), c.latex, c.graph, c.unfold(3).depth
        e = c.expand(c.signals[0], 3)
        e.text, e.latex, [line.latex for line in (*e.let(), *e.steps(), e.signature)], "".join(e.render("let", "sympy"))
        c.draw().svg, c.draw(steps=3).json
    except CircuitError as error:
        str(error)

def build(name):
    for own in (name, "c"):
        for title in (name, None):
            try:
                c = Circuit(name=own, title=title)
                t = c.axis("t")
                h = c.signal("h", t)
                h[t] = h[t - 1] + 1
                for make in (c.axis, c.parameter, c.function, c.size, c.parameters, lambda n: c.signal(n, t),
                             lambda n: c.input(n, t), lambda n: c.define(n, lambda a: a),
                             lambda n: c.parameter("p", n), lambda n: c.range(n, 0, 2), lambda n: h[t - 1][:n],
                             lambda n: h[n], lambda n: h[t] + n):
                    try:
                        make(name)
                    except CircuitError as error:
                        str(error), repr(error)
                c.text(), c.latex, c.graph, repr(c), c.draw().svg
            except CircuitError as error:
                str(error)

# What is loaded when it is first used is compiled by Python itself.
for text in ("h(t) = f(tanh(W @ h(t-1) + x(t)); p)", "x(t) : m; h(t) = exp(h(t-1)) + sum(x(t))", "h(t) = ("):
    ask(text)
build("q")
sys.addaudithook(watch)
watching = True
for text in sys.stdin.read().split("\0"):
    ask(text)
    build(text)
watching = False
print(seen)
"""
HOSTILE = (
    '__import__("os").system("touch hacked")',
    "h(t) = __import__('os').system('touch hacked')",
    "h(t) = eval(x(t)) + exec(x(t-1)) + compile(x(t)) + open(x(t)) + system(touch; hacked)",
    "h(t) = os.system('touch hacked')",
    "h(t) = x.__class__.__mro__",
    "h(t) = (lambda: 0)()",
    "lambda(t) = lambda(t-1) + import(t) + os(t) + sympy(t) + S(t) + Q(t) + N(t) + I(t)",
    'h(t) = f"{x}"',
    'title "{0.__class__} %s $(touch hacked) `touch hacked` \\write18{touch hacked} <script>alert(1)</script>"\n'
    "h(t) = h(t-1)",
    "title \"\\\" + __import__('os').system('touch hacked') + \\\"\"\nh(t) = h(t-1)",
    "h(t) = h(t-1) # ; __import__('os').system('touch hacked')",
    "unfoldgraph __import__\nh(t) = h(t-1)",
    "def eval(a) = a\nh(t) = eval(h(t-1)) + getattr(x(t)) + globals(x(t))",
    "breakpoint(t) = breakpoint(t-1) + quit(t); exit(t) = exit(t-1)",
)


def test_nothing_in_an_input_is_executed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        input="\0".join(HOSTILE),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []
