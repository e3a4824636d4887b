"""Words in generated modules."""

from __future__ import annotations

import pytest

from unfoldgraph.language.text import read
from unfoldgraph.program.python_text.prose import equation, equation_lines, one_line, steps_in_words, wrapped


def test_steps_are_counted() -> None:
    assert steps_in_words({"t": 0}) == "0 steps"
    assert steps_in_words({"i": 1, "j": 2, "k": 3}) == "1 step of i, 2 of j and 3 of k"


def test_what_a_user_wrote_stays_on_its_line() -> None:
    assert one_line("a\x1b[31m title\n\tof two lines").count("\n") == 0
    assert "\x1b" not in one_line("a\x1b[31m title")
    assert equation(read("s(t) = s(t-1)+x(t)").statements[0]) == "s(t) = s(t-1) + x(t)"


def test_lines_are_broken_between_words() -> None:
    lines = wrapped("h : " + "word-of-two " * 30, further="    ")
    assert len(lines) > 2 and max(map(len, lines)) <= 106
    assert all(line.startswith("    ") for line in lines[1:]) and all(line.endswith("word-of-two") for line in lines)


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("y(t) = x(t) + 1", ["y(t) = x(t) + 1"]),
        # In as few brackets as there are, and between terms.
        (
            "y(t) = first*x(t) - tanh(second*x(t) + third*x(t))",
            ["y(t) = first * x(t)", "  - tanh(second * x(t)", "  + third * x(t))"],
        ),
        ("y(t) = first*x(t)*second*third*fourth", ["y(t) = first * x(t) * second", "  * third * fourth"]),
        (
            "y(t) = f(x(t), first_of_all, second, third)",
            ["y(t) = f(x(t), first_of_all,", "  second, third)"],
        ),
        # A line is no shorter than it need be.
        ("y = a + b*(cc*dd - ee*ff + gg*hh - ii*jj)", ["y = a + b * (cc * dd - ee * ff", "  + gg * hh - ii * jj)"]),
        # What is too long stays in one piece.
        (f"y(t) = x(t) + {'a' * 30} + b", ["y(t) = x(t)", f"  + {'a' * 30}", "  + b"]),
    ],
)
def test_equations_are_broken_where_they_hang_together_least(written: str, lines: list[str]) -> None:
    (statement,) = read(f"x(t) : ()\n{written}").statements
    assert equation_lines(statement, "", "  ", width=30) == lines
    assert " ".join(line.strip() for line in lines) == equation(statement)


def test_a_sum_of_many_terms_is_broken_in_time_that_grows_with_it() -> None:
    (statement,) = read("y(t) = " + " + ".join(f"a{n}*x(t)" for n in range(2000))).statements
    lines = equation_lines(statement, "    ", "        ")
    assert max(map(len, lines)) <= 110 and all(line.startswith("        + a") for line in lines[1:])
    assert " ".join(line.strip() for line in lines) == equation(statement)
