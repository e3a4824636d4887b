"""What generated functions take and return, in their `def` and in their docstring."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

import pytest

from unfoldgraph.language.text import read
from unfoldgraph.program.names import Names
from unfoldgraph.program.schedule import schedule_of
from unfoldgraph.program.signature import Signature, make_signature


def signature_of(text: str, outputs: Sequence[str] | None = None, counts: Mapping[str, int] | None = None) -> Signature:
    """Return the signature of a circuit's program."""
    return make_signature(schedule_of(read(text), outputs), counts, Names())


def docstring_of(text: str, outputs: Sequence[str] | None = None, counts: Mapping[str, int] | None = None) -> str:
    """Return the docstring of a circuit's program."""
    return "\n".join(signature_of(text, outputs, counts).docstring())


@pytest.mark.parametrize(
    ("text", "outputs", "head"),
    [
        ("o = 1; o : ()", None, ""),
        ("o = a", None, "*, a"),
        ("h(t) = tanh(W @ h(t-1) + x(t)); W : (m, m)", None, "*, x, W, h0=0, lengths=None"),
        ("F(t) = F(t-1) + 1", None, "*, F0=0, steps=None, lengths=None"),
        # What is not needed comes last, and has None for a default, a boundary too.
        (
            "a(t) = x(t); b(t) = b(t-1) + f(y(t)); x(t) : (); y(t) : ()",
            ["a"],
            "*, x, y=None, f=None, b0=None, lengths=None",
        ),
        # An input that is not needed may say how many steps there are, but need not.
        ("a(t) = a(t-1) + 1; b(t) = x(t); x(t) : ()", ["a"], "*, a0=0, x=None, steps=None, lengths=None"),
        # Names that Python or the function itself needs are not lost.
        ("steps(t) = x(t) * lambda; x(t) : ()", None, "*, x, lambda_, lengths=None"),
    ],
)
def test_the_def_has_every_argument_by_name(text: str, outputs: list[str] | None, head: str) -> None:
    assert ast.unparse(signature_of(text, outputs).head()) == head


def test_what_is_written_out_takes_no_steps_and_no_lengths() -> None:
    signature = signature_of("F(t) = F(t-1) + 1", counts={"t": 3})
    assert ast.unparse(signature.head()) == "*, F0=0"
    assert not signature.takes_steps and not signature.takes_lengths
    assert "This is written out for exactly 3 steps." in signature.docstring()


@pytest.mark.parametrize(
    ("text", "outputs", "taken"),
    [
        ("a(t) = x(t); x(t) : ()", None, ()),
        ("a(t) = 1", None, ("t",)),
        ("a(i, j) = x(i); x(i) : ()", None, ("j",)),
        # Of several axes only those that the results depend on, of one this in any case.
        ("a(i) = a(i-1); b(j) = b(j-1)", ["a"], ("i",)),
        ("a(i) = a(i-1); b = 1; b : ()", ["b"], ("i",)),
        # Axes that share a length have one.
        ("A(i, j) : (); a(i) = A(i, i); b(j) = A(j, 1)", None, ()),
    ],
)
def test_the_caller_says_how_many_steps_there_are_where_no_input_does(
    text: str, outputs: list[str] | None, taken: tuple[str, ...]
) -> None:
    assert signature_of(text, outputs).takes_steps == taken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("h(t) = h(t-1) + 1; o = h(end); L = o", "Return h at every step, and o and L."),
        ("h(t) = h(t-1) + 1; o(t) = h(t); c(t) = 1", "Return h, o and c at every step."),
        ("o = a", "Return o."),
        ("a(t) = t; o = 1; o : ()", "Return a at every step, and o."),
    ],
)
def test_docstrings_say_what_is_returned(text: str, said: str) -> None:
    assert signature_of(text).docstring()[0] == said


def test_docstrings_say_what_functions_get() -> None:
    told = docstring_of("s(t) = f(s(t-1), W, x(t); theta) * r; s(1) = s1; u = g(3)", ["s"])
    assert "W, theta : anything\n    Handed to f as it is.\n" in told
    assert "f : callable\n    Called with arrays of one step, (*batch, ...), and theta by name.\n" in told
    assert "g : callable, optional\n    Not needed for these results.\n" in told
    assert "s1 : array (*batch, ...)\n    One value is a vector, or a number" in told


def test_docstrings_give_every_shape() -> None:
    told = docstring_of("x(t) : n; h(t) = tanh(W @ h(t-1) + U @ x(t-2)); W : (m, m); o = sum(h(end))")
    assert "x : array (*batch, steps, n)\n" in told and "W : array (*batch, m, m)\n" in told
    assert "x0 : array (*batch, 2, n), default 0\n    What stands before the first step: x(-1) to x(0), oldest" in told
    assert "h0 : array (*batch, m), default 0\n    What stands before the first step: h(0).\n" in told
    assert told.endswith("dict, its keys also attributes\n    h : array (*batch, steps, m)\n    o : array (*batch)")
    written_out = docstring_of("x(i, j) : (); y(i, j) = x(i, j)", counts={"i": 4, "j": 5})
    assert "written out for exactly 4 steps of i and 5 of j." in written_out
    assert "x : array (*batch, 4, 5)" in written_out and "y : array (*batch, 4, 5)" in written_out
    # Without an array there is no batch.
    assert docstring_of("v = stack(1, 2); o = 1; o : ()").endswith("v : array (2,)\n    o : array ()")


def test_docstrings_say_whose_lengths_are_to_be_given() -> None:
    told = docstring_of("a(i, j) = a(i-1, j) + a(i, j-1); a(i, 0) = 1; a(0, j) = 1")
    assert (
        "steps : dict of int\n"
        '    How many steps to compute: steps_i as {"i": ...} and steps_j as {"j": ...}.\n'
        "lengths : dict of arrays of int, optional\n" in told
    )
    assert "steps : int\n    How many steps of t to compute: steps_t.\n" in docstring_of(
        "u(t, i) = u(t-1, i); u(0, i) = s(i)"
    )
    assert "lengths : array (*batch) of int, optional\n" in docstring_of("a(t) = x(t); x(t) : ()")


def test_docstrings_fit_between_their_quotes() -> None:
    many = [f"signal{number}" for number in range(40)]
    lines = signature_of("; ".join(f"{name}(t) = {name}(t-1) + x(t)" for name in many)).docstring()
    assert max(map(len, lines)) <= 106 and len(lines[0]) <= 103


def test_arrays_are_late_whose_size_follows_from_those_of_others() -> None:
    signature = signature_of("x(t) : m; y(t) = concat(x(t), x(t)) * a + y(t-1)")
    assert {argument.name for argument in signature.late} == {"a", "y0"}
    assert "a : array (*batch, n_y), or a scalar" in "\n".join(signature.docstring())
