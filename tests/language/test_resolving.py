"""What a name is where the text alone must tell: reads and calls, entries that ranges make, the names of boundaries."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from support.exercise import exercise
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError, sum_over
from unfoldgraph.base.limits import NAME_CHARACTERS
from unfoldgraph.base.names import canonical, name_characters
from unfoldgraph.cli.report import report, report_text
from unfoldgraph.model.boundaries import argument_names


def error(text: str) -> CircuitError:
    with pytest.raises(CircuitError) as caught:
        Circuit(text)
    return caught.value


def followed(text: str, part: str, instead: str) -> Circuit:
    """Return the circuit in which what a help proposes stands instead of a part; it must be accepted."""
    assert text.count(part) == 1
    return Circuit(text.replace(part, instead))


# A read at any place, or a call ---------------------------------------------------------------------

#: A text, what of it can be taken in two ways, and in its help the call, the entry and the declaration, all followed.
UNDECIDED = [
    ("y(m) = x(2*m)", "x(2*m)", "x(2 * m;)", None, "x(m) : ()"),
    ("y(t) = x(t - d(t)) + d(t)", "x(t - d(t))", "x(t - d(t);)", None, "x(t) : ()"),
    ("y(t) = W(t-k) * u(t)", "W(t-k)", "W(t - k;)", None, "W(t) : ()"),
    ("y(t) = f(t/2)", "f(t/2)", "f(t / 2;)", None, "f(t) : ()"),
    ("y(t) = f(t, a)", "f(t, a)", "f(t, a;)", None, "f(t, i) : ()"),
    ("y(t) = x(-t)", "x(-t)", "x(-t;)", None, "x(t) : ()"),
    ("y(t) = x(end+1-t)", "x(end+1-t)", "x(end(t) + 1 - t;)", None, "x(t) : ()"),
    ("y(t) = x(end - d(t)) + d(t)", "x(end - d(t))", "x(end(t) - d(t);)", None, "x(t) : ()"),
    ("y(t) = x(end(t)-1) + u(t)", "x(end(t)-1)", "x(end(t) - 1;)", "x[end(t)-1]", "x(t) : ()"),
    ("y = x(end-k)", "x(end-k)", None, None, "x(t) : ()"),
    ("y(t) = x(max(t-2, 1))", "x(max(t-2, 1))", "x(max(t - 2, 1);)", None, "x(t) : ()"),
    ("y(t) = x(floor(t/2))", "x(floor(t/2))", "x(floor(t / 2);)", None, "x(t) : ()"),
    ("y(t) = x(t-1 if t > 1 else 1)", "x(t-1 if t > 1 else 1)", "x(t - 1 if t > 1 else 1;)", None, "x(t) : ()"),
    ("y(i, j) = x(2*i, j) + x(i, 2*j;)*0", "x(2*i, j)", "x(2 * i, j;)", None, None),
    ("y(t) = sum(x(k/2) for k) + u(t)", "x(k/2)", None, None, "x(k) : ()"),
    ("y(n) = sum(h(k) * x(n-k) for k)", "x(n-k)", "x(n - k;)", None, "x(n) : ()"),
    ("y(t) = x(t) + sum(W(k) for k in 0..3)", "W(k)", "W(k;)", "W[k]", "W(t) : ()"),
    ("y(t) = x(t) + sum(W(3-k) for k)", "W(3-k)", None, None, "W(k) : ()"),
    ("y(t) = x(t) + sum(W(k, 3-j) for k in 0..2, j in 1..3)", "W(k, 3-j)", "W(k, 3 - j;)", "W[k, 3-j]", "W(t, i) : ()"),
    ("y(t, u) = sum(x(k) for k in t..u)", "x(k)", "x(k;)", "x[k]", "x(t) : ()"),
    ("u(t) : (); y(t) = x(2*t) + u(t)", "x(2*t)", "x(2 * t;)", None, "x(t) : ()"),
    ("def g(v) = v * sum(W(k) for k in 0..2); y(t) = g(x(t))", "W(k)", "W(k;)", "W[k]", None),
]


@pytest.mark.parametrize(("text", "part", "call", "entry", "declaration"), UNDECIDED)
def test_what_may_be_a_read_or_a_call_is_an_error_that_names_both(
    text: str, part: str, call: str | None, entry: str | None, declaration: str | None
) -> None:
    found = error(text)
    name = part[: part.index("(")]
    assert found.message.startswith("nothing says whether ") and found.message.endswith(
        " reads a signal or calls a function"
    )
    assert len(found.problems) == 1
    help_ = found.help or ""
    if call is not None:
        assert help_.startswith(f"a function is called as {call}, ")
        assert name in followed(text, part, call).model.functions
    assert (" an entry is written " in help_) == (entry is not None)
    if entry is not None:
        assert f" an entry is written {entry}," in help_
        assert name in followed(text, part, entry).parameters
    if declaration is not None:
        assert help_.endswith(f" a signal is declared, as in {declaration}")
        assert name in declared(f"{declaration}; {text}").inputs


def declared(text: str) -> Circuit:
    """Return the circuit of a text with all declarations that its errors ask for, one after the other."""
    for _ in range(3):
        try:
            return Circuit(text)
        except CircuitError as problem:
            help_ = problem.help or ""
            if help_.startswith("declare it: "):
                text = f"{help_.removeprefix('declare it: ')}; {text}"
            else:
                # What reaches ever farther before the first step asks for what is there.
                asked = re.fullmatch("write what is there, as in (.*), or end the range where it begins", help_)
                assert asked is not None
                text = f"{text}; {asked[1]}"
    return Circuit(text)


def test_half_a_step_is_no_place_even_where_it_may_be_called() -> None:
    found = error("y(t) = x(t+0.5)")
    assert found.help == "a function is called as x(t + 0.5;); delays are whole numbers, such as t-1"
    assert followed("y(t) = x(t+0.5)", "x(t+0.5)", "x(t + 0.5;)").model.functions == ("x",)


def test_of_one_in_another_the_inner_is_told_first() -> None:
    found = error("y(t) = x(2*t + u(3*t)) + x(t/3 + u(t/2))")
    assert [problem.message[21:29] for problem in found.problems] == ["u(3 * t)", "u(t / 2)"]


def test_a_call_of_what_is_defined_or_built_in_needs_no_mark() -> None:
    assert Circuit("def f(v) = 2 * v; y(t) = f(t/2) + f(2*t;) + tanh(t/2) + max(t, 2)").model.functions == ()


@pytest.mark.parametrize(
    "text",
    [
        "s(t) = f(s(t-1), t)", "s(t) = f(s(t-1), t-k)", "s(t) = f(s(t-1); theta)", "s(t) = f(t; theta)",
        "s(t) = f(2)", "s(t) = f(a, 2*b)", "s(t) = f(tanh(t))", "s(t) = f(sum(x(k) for k))", "s(t) = f(t*g(2, a))",
        "s(t) = f()", "s(t) = f(x(t))", "s(t) = f(b[0])", "s(t) = f(sum(k for k in 0..2))",
    ],
)  # fmt: skip
def test_what_no_place_can_be_stays_a_call(text: str) -> None:
    circuit = Circuit(text)
    assert "f" in circuit.model.functions
    assert Circuit(circuit.text()) == circuit


@pytest.mark.parametrize(
    "text",
    ["x(t) : n; h(t) = x(n) + h(t-1)", "p : n; y(t) = x(t) + x(n) + sum(p)", "p : n; y(t) = x(t) + x(n-1) + sum(p)"],
)
def test_a_place_may_be_told_by_a_size_alone(text: str) -> None:
    assert Circuit(text).inputs == ("x",)


@pytest.mark.parametrize(
    "text", ["y[n] = x[:] + x[n-1]", "y[n] = y[n-1] + x[n] + x[n:n+2]", "h(t) = h(t-1) + x(t); y = h[1:3]"]
)
def test_signals_have_no_slices(text: str) -> None:
    found = error(text)
    assert found.message.endswith("is a signal, which is read at one place")
    assert (found.help or "").startswith("write one, as in ")
    assert Circuit(re.sub(r"(x|h)\[[^\]]*:[^\]]*\]", r"sum(\1(k) for k in 1..3) + \1(end)", text)).signals


def test_a_call_is_marked_by_a_semicolon_alone() -> None:
    assert Circuit("s(t) = f(s(t-1);)") == Circuit("s(t) = f(s(t-1))")
    assert Circuit("s(t) = f(t;)") != Circuit("s(t) = f(t)")
    assert Circuit("s(t) = f(t;)").text() == "s(t) = f(t;)\n"
    assert Circuit("s(t) = f(;)").text() == "s(t) = f()\n"
    assert Circuit("s(t) = f(2*t; theta)").text() == "s(t) = f(2 * t; θ)\n"
    assert error("s(t;) = 1").message
    assert error("s(t) = s(t-1;)").message == "'s' is an opaque function here and a signal elsewhere"
    assert error("s(t) = sum(k(t;) for k in 0..1)").message == "'k' is an index here, not a function"


def test_marked_calls_in_every_reading() -> None:
    circuit = Circuit("y(t) = f(2*t;) + sum(f(k;) for k in 1..2) * x(t)")
    x = np.array([1.0, 10.0])
    arrays: dict[str, Any] = {"x": x, "f": lambda step: step**2}
    expected = 4 * np.array([1.0, 2.0]) ** 2 + 5 * x
    np.testing.assert_array_equal(circuit.unfold(2).evaluate(**arrays)["y"], expected)
    np.testing.assert_array_equal(circuit.compile()(**arrays)["y"], expected)
    assert circuit.expand("y", 2).text == "f(4) + (f(1) + f(2)) * x(2)"
    assert ";" not in circuit.latex
    assert exercise(circuit.text()) == circuit


def test_functions_of_the_step_in_python_are_read_back_as_such() -> None:
    c = Circuit()
    t, k = c.axis("t"), c.range("k", 0, 2)
    x, y, a = c.input("x", t), c.signal("y", t), c.parameter("a")
    f, g = c.function("f"), c.function("g")
    y[t] = f(t) + f(2 * t) + f(t - x[t]) + sum_over(g(k, a), k) + g(t, a)
    assert "f(t;) + f(2 * t;) + f(t - x(t);) + sum(g(k, a;) for k in 0..2) + g(t, a;)" in c.text()
    assert Circuit(c.text()) == c
    assert c.model.functions == ("f", "g")


def test_sympy_writes_both_alike_and_is_told_what_it_can_write() -> None:
    from sympy import Eq, Function, symbols

    y, f, n, t = Function("y"), Function("f"), Function("n"), symbols("t")
    with pytest.raises(CircuitError, match="nothing says whether") as caught:
        Circuit.from_sympy(Eq(y(t), f(2 * t)))
    assert caught.value.help == "a function takes the step as a signal, such as n(t) with Eq(n(t), t)"
    assert Circuit.from_sympy([Eq(y(t), f(2 * n(t))), Eq(n(t), t)]).model.functions == ("f",)


_ATOMS = st.sampled_from(["t", "t", "t-1", "2", "3", "0.5", "k", "a", "d(t)", "end(t)", "L"])


def _arithmetic(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    both = st.tuples(inner, st.sampled_from("+-*/%"), inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})")
    return both | inner.map(lambda part: f"(-{part})") | inner.map(lambda part: f"floor({part})")


@examples(200)
@given(st.recursive(_ATOMS, _arithmetic, max_leaves=5), st.booleans())
@example("2*t", False)
@example("t - d(t)", False)
@example("t-k", True)
def test_no_read_becomes_a_function_in_silence(place: str, several: bool) -> None:
    """Whatever a place is computed of: read, refused or called as such, and the text says which."""
    names = set(re.findall(r"[a-zA-Z]+", place))
    assume("t" in re.findall(r"\w+", re.sub(r"\w+\(t\)", "", place)))
    place = f"{place}, t" if several else place
    rest = "y(t) = {} + d(t); L = sum(d(t) for t)"
    try:
        circuit = Circuit(rest.format(f"x({place})"))
    except CircuitError as found:
        assert "nothing says " in found.message
    else:
        assert "x" in circuit.inputs
    marked = Circuit(rest.format(f"x({place};)"))
    assert marked.model.functions == ("x",), names
    assert Circuit(marked.text()) == marked


# Places and entries of every form, and everything asked of what is accepted -------------------------

_INDICES = st.sampled_from(
    [
        "t", "t-1", "t+1", "end", "end-1", "0", "1", "-1", "k", "k-1", "t-k", "k+j", "2*t", "t/2", "-t", "3-k", "m",
        "t-m", "m-1", "t-p", "t - x(t)", "end+1-t", "t+0.5", "n", "n-k", "floor(t/2)", "1-k", "j-k", "t:k", "k:k+1",
        "k-1:", "1:m", ":k",
    ]
)  # fmt: skip
_READS = st.tuples(
    st.sampled_from("xybWvL"), st.sampled_from(["()", "[]"]), st.lists(_INDICES, min_size=1, max_size=2)
).map(lambda parts: f"{parts[0]}{parts[1][0]}{', '.join(parts[2])}{parts[1][1]}")
_BOUND = st.sampled_from(["{}", "{}", "sum({} for k)", "max({} for k in 0..2)", "mean({} for k in -1..1, j in 1..2)"])


@examples(150)
@given(
    st.lists(
        st.tuples(st.sampled_from(["y(t)", "y(t)", "z(t, n)", "L", "y(0)"]), _BOUND, _READS, _READS),
        min_size=1, max_size=2,
    ),
    st.sampled_from(["", "b : 3; ", "v, b : m; ", "x(t) : (); ", "def g(a) = sum(a[k-1] for k in 0..2); "]),
)  # fmt: skip
@example([("y(n)", "sum({} for k)", "h(k)", "g(n-k)")], "")
@example([("y(t)", "sum({} for k in 0..2)", "b[k-1]", "x(t)")], "b : 3; ")
def test_what_is_accepted_can_be_asked_everything(lines: list[tuple[str, str, str, str]], declarations: str) -> None:
    equations = [f"{left} = {bound.format(f'{one} * {other}')}" for left, bound, one, other in lines]
    exercise(f"{declarations}q(t) = x(t) + q(t-1)\n" + "\n".join(equations))


# Entries that a range makes ------------------------------------------------------------------------

#: What a range takes below 0, the help, and the range that follows it.
BELOW = [
    ("b[k-1]", "0..2", "k = 0: k-1 is -1 there", "let k begin at 1", "1..2"),
    ("b[-k]", "0..2", "k = 2: -k is -2 there", "let k end at 0", "0..0"),
    ("b[1-k]", "0..2", "k = 2: 1-k is -1 there", "let k end at 1", "0..1"),
    ("sum(b[k-1:k+1])", "0..2", "k = 0: k-1 is -1 there", "let k begin at 1", "1..2"),
    ("sum(b[:k-1])", "0..2", "k = 0: k-1 is -1 there", "let k begin at 1", "1..2"),
    ("x(t)[k-1]", "0..2", "k = 0: k-1 is -1 there", "let k begin at 1", "1..2"),
    ("A[0, k]", "-1..1", "k = -1: k is -1 there", "let k begin at 0", "0..1"),
]


@pytest.mark.parametrize(("entry", "range_", "why", "help_", "mended"), BELOW)
@pytest.mark.parametrize("around", ["{}", "g(u(t)) + {}"])
def test_a_range_takes_no_entry_from_the_end(
    entry: str, range_: str, why: str, help_: str, mended: str, around: str
) -> None:
    text = f"x(t) : 3; u(t) : (); b : 4; A : (2, 3); def g(v) = 2*v; y(t) = {around} * x(t)"
    right = f"sum({entry} for k in {{}})"
    found = error(text.format(right.format(range_)))
    assert why in found.message and found.span is not None
    assert found.help == f"entries are numbered from 0: {help_}"
    assert Circuit(text.format(right.format(mended)))


def test_a_range_in_a_function_takes_none_either() -> None:
    found = error("def g(v) = sum(v[k-1] for k in 0..2); y(t) = x(t) * g(b)")
    assert found.message == "v[k-1] takes no entry where k = 0: k-1 is -1 there"
    assert "j = 0 and k = 2: j-k is -2" in error("y(t) = x(t) * sum(b[j-k] for j in 0..2, k in 1..2)").message


def test_nor_does_a_range_in_python_or_in_sympy() -> None:
    from sympy import Eq, Function, IndexedBase, Sum, symbols

    c = Circuit()
    t, k = c.axis("t"), c.range("k", 0, 2)
    x, y, b = c.input("x", t), c.signal("y", t), c.parameter("b", 3)
    y[t] = sum_over(b[k - 1] * x[t - k], k)
    with pytest.raises(CircuitError, match=re.escape("b[k-1] takes no entry where k = 0")):
        c.text()
    s, (i, n) = Function("s"), symbols("i n")
    with pytest.raises(CircuitError, match=re.escape("B[i-1] takes no entry where i = 0")):
        Circuit.from_sympy(Eq(s(n), s(n - 1) * Sum(IndexedBase("B")[i - 1], (i, 0, 2))))


def test_what_is_written_counts_from_the_end_and_beyond_the_last_there_is_nothing() -> None:
    arrays: dict[str, Any] = {"x": np.ones(1), "b": np.array([1.0, 2.0, 4.0])}
    assert Circuit("b : 3; y(t) = x(t) * b[-1]").compile()(**arrays)["y"] == [4]
    assert Circuit("b : 3; y(t) = x(t) * sum(b[-2:])").compile()(**arrays)["y"] == [6]
    assert Circuit("b : 3; y(t) = x(t) * sum(b[2-k] * k for k in 0..2)").compile()(**arrays)["y"] == [4]
    found = error("b : 3; y(t) = x(t) * sum(b[k+1] for k in 0..2)")
    assert found.message == "shapes do not fit in 'b[k+1]': b is a vector (3)"
    assert found.help == "entry 3 of 3 entries, which count from 0"
    # What a condition leaves out is no entry that is taken.
    assert Circuit("b : 3; y(t) = x(t) * sum(b[k+1] for k in 0..2 if k < 2)")
    assert Circuit("b : 3; y(t) = x(t) * sum(b[k+1] if k < 2 else 0 for k in 0..2)")
    found = error("b : m; y(t) = x(t) * sum(b[k] for k in 0..m)")
    assert found.help == "entry m of m entries, which count from 0"


@pytest.mark.parametrize(
    ("entry", "size", "least"), [("v[m-3]", 2, 3), ("sum(v[m-2:m])", 1, 2), ("sum(v[:m-2])", 1, 2), ("v[m-2]", 1, 2)]
)
def test_an_entry_counted_from_a_size_needs_that_size(entry: str, size: int, least: int) -> None:
    circuit = Circuit(f"v : m; y(t) = x(t) * {entry}")
    for run in (circuit.unfold(1).evaluate, circuit.compile()):
        with pytest.raises((CircuitError, ValueError), match=f"m of at least {least}"):
            run(x=np.ones(1), v=np.ones(size))
        run(x=np.ones(1), v=np.ones(least))


# What the caller calls a boundary -------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["s", "h_", "θ"])
def test_a_chain_of_twelve_with_delays(prefix: str) -> None:
    lines = [
        f"{prefix}{i}(t) = 0.5*{prefix}{i}(t-1) + {f'{prefix}{i - 1}(t)' if i > 1 else 'x(t)'}" for i in range(1, 13)
    ]
    circuit = Circuit("\n".join(lines))
    first = f"{canonical(prefix + '1')}_0"
    names = [boundary.argument for boundary in circuit.model.free]
    assert names == [first, *(f"{name}0" for name in circuit.signals[1:])]
    arrays: dict[str, Any] = {"x": np.array([1.0, 2.0]), first: 10.0}
    values = circuit.unfold(2).evaluate(**arrays)
    program = circuit.compile()
    results = program(**arrays)
    for name in circuit.signals:
        np.testing.assert_array_equal(values[name], results[name])
    np.testing.assert_array_equal(values[circuit.signals[0]], [6, 5])
    assert f"{first} : array (*batch), default 0" in program.source
    shown = f"{prefix}1_0"
    assert f"{prefix}1(0), given as {shown}, 0 unless given" in report_text(report(circuit))
    assert shown in circuit.draw(steps=2).html
    assert exercise(circuit.text()) == circuit


@pytest.mark.parametrize(
    ("text", "message", "help_"),
    [
        ("h(t) = h(t-1) + h0", "h(0) is left to the caller as 'h0', but that is a parameter", "h(0) = …"),
        (
            "s1(t) = s1(t-1) + s10(t) + s1_0",
            "s1(0) is left to the caller as 's10' or 's1_0', but these are an input and a parameter", "s1(0) = …",
        ),
        (
            "s1(t) = s1(t-1) + s10; s1_(t) = s1_(t-1)",
            "s1(0) is left to the caller as 's10' or 's1_0', but these are a parameter and a boundary", "s1(0) = …",
        ),
        (
            "s1(t) = s1(t-1); s10(t) = s1_0(t); s1_0(t) = s1(t)",
            "s1(0) is left to the caller as 's10' or 's1_0', but each of these is a signal", "s1(0) = …",
        ),
        (
            "def h0(v) = v; h(t) = h(t-1) + h0(x(t))",
            "h(0) is left to the caller as 'h0', but that is a function", "h(0) = …",
        ),
        (
            "h(t) = h(t-3) + h0", "h(0) is left to the caller as 'h0', but that is a parameter",
            "h(0) = …, and so on to h(-2) = …",
        ),
    ],
)  # fmt: skip
def test_a_boundary_without_a_name_of_its_own(text: str, message: str, help_: str) -> None:
    found = error(text)
    assert (found.message, found.help) == (message, f"write {help_}")
    last = int(help_.rpartition("(")[2].partition(")")[0])
    Circuit("; ".join([text, *(f"{help_.partition('(')[0]}({place}) = 0" for place in range(last, 1))]))


def test_names_that_differ_only_by_what_stands_before_the_zero() -> None:
    text = "h(t) = h(t-1); h_(t) = h_(t-1); h_1(t) = h_1(t-1) + h_10; h_1_0_(t) = h_1_0_(t-1)"
    assert [boundary.argument for boundary in Circuit(text).model.free] == ["h0", "h_0", "h_1_0", "h_1_0_0"]
    program = Circuit("h(t) = h(t-1) + x(t); h_(t) = h_(t-1) + x(t)").compile()
    results = program(x=np.zeros(1), h0=1, h_0=2)
    assert (results["h"], results["h_"]) == ([1], [2])


def test_twelve_numbered_states_work_as_written() -> None:
    """h_1's boundary is h_1_0, since h_10 is a state; the others have their usual names."""
    count = 12
    text = "\n".join(f"h_{k}(t) = h_{k}(t-1) + {f'h_{k - 1}(t)' if k > 1 else 'x(t)'}" for k in range(1, count + 1))
    circuit = Circuit(text)
    names = ["h_1_0", *(f"h_{k}0" for k in range(2, count + 1))]
    assert [boundary.argument for boundary in circuit.model.free] == names
    given = {name: float(k * k + 1) for k, name in enumerate(names, 1)}
    x = np.array([3.0, 4.0])
    expected = dict(enumerate(given.values(), 1))
    for step in range(2):
        below = x[step]
        for k in expected:
            expected[k] += below
            below = expected[k]
    for results in (
        circuit.compile()(x=x, **given),
        circuit.unfold(2).evaluate(x=x, **given),
        circuit.compile(2)(x=x, **given),
    ):
        assert {k: results[f"h_{k}"][-1] for k in expected} == expected
    for call in (circuit.compile(), circuit.unfold(2).evaluate):
        with pytest.raises(CircuitError) as caught:
            call(x=x, h_10=1.0)
        assert caught.value.help == "did you mean 'h_1_0'?"
    told = report_text(report(circuit))
    assert "h_1(0), given as h_1_0, 0 unless given" in told and "h_10(0), given as h_100, 0 unless given" in told
    assert Circuit(circuit.text()).model.free == circuit.model.free


_NAMES = st.lists(st.from_regex(r"\A[sh]_?[01]{0,3}(_[01]?)?\Z"), min_size=1, max_size=6, unique_by=canonical)


@examples(200)
@given(_NAMES, st.lists(st.booleans(), min_size=6, max_size=6))
def test_no_two_things_of_a_circuit_have_one_name(names: list[str], delayed: list[bool]) -> None:
    uses = [
        f"{name}(t) = {name}(t-1)" if late else f"q(t) = {name}" for name, late in zip(names, delayed, strict=False)
    ]
    text = "; ".join(f"q_{at}x{use[1:]}" if use.startswith("q(") else use for at, use in enumerate(uses))
    try:
        model = Circuit(text).model
    except CircuitError as found:
        assert all("is left to the caller as" in problem.message for problem in found.problems)
        return
    arguments = [boundary.argument for boundary in model.free]
    taken = [*arguments, *model.inputs, *model.parameters, *model.signals]
    assert len(set(taken)) == len(taken)
    for boundary in model.free:
        usual, *others = argument_names(boundary.name)
        assert boundary.argument == usual or (boundary.argument in others and usual in taken)


# How long a name is ---------------------------------------------------------------------------------

LONG = "a" * NAME_CHARACTERS


@pytest.mark.parametrize(
    "text",
    [
        "{}(t) = x(t)", "h(t) = h(t-1) + {}", "x(t) : {}; h(t) = x(t)", "def {0}(v) = v; h(t) = {0}(1)",
        "h(t) = sum(x(t-{0}) for {0} in 0..2)", "h(t) = f(h(t-1); {})", "h({0}) = h({0}-1)", "def f({}) = 1; h(t) = 1",
    ],
)  # fmt: skip
def test_a_name_has_at_most_so_many_characters(text: str) -> None:
    circuit = Circuit(text.format(LONG))
    assert Circuit(circuit.text()) == circuit
    for name in (LONG + "a", "a1" * 4000, "θ" + "_θ" * 50):
        start = perf_counter()
        found = error(text.format(name))
        assert perf_counter() - start < 1
        assert found.message == f"this name has {name_characters(name)} characters; the limit is {NAME_CHARACTERS}"
        assert found.help == "choose a shorter name; a title may be long"
        assert found.span is not None and found.source is not None
        assert found.source.text[slice(*found.span)] == name


@pytest.mark.parametrize(
    "make",
    [
        lambda c, name: c.axis(name), lambda c, name: c.parameter(name), lambda c, name: c.size(name),
        lambda c, name: c.range(name, 0, 1), lambda c, name: c.function(name), lambda c, name: c.define(name, abs),
        lambda c, name: c.signal(name), lambda c, name: c.parameters(f"{name} : m"),
        lambda c, name: c.parameter("p", name), lambda c, name: c.from_sympy(_equation(name)),
    ],
)  # fmt: skip
def test_nor_has_one_in_python(make: Callable[[Circuit, str], object]) -> None:
    for name in (LONG + "a", "a" * 8000):
        with pytest.raises(CircuitError, match=f"this name has {len(name)} characters; the limit is 256"):
            make(Circuit(), name)


def _equation(name: str) -> Any:
    from sympy import Eq, Function, Symbol

    return Eq(Function(name)(Symbol("t")), 1)
