"""Words in generated modules."""

from __future__ import annotations

from unfoldgraph.language.text import read
from unfoldgraph.program.prose import equation, one_line, steps_in_words, wrapped


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
