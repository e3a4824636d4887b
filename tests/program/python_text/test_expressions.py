"""An expression has the parentheses that it needs and no others, and the spaces of a formatter."""

from __future__ import annotations

import ast

import pytest
from generators.python_nodes import EXPRESSIONS, structure
from hypothesis import given
from support.profiles import examples

from unfoldgraph.program.python_text.expressions import expression_text, width
from unfoldgraph.program.python_text.nodes import binary, constant, name, unary


@examples(200)
@given(EXPRESSIONS)
def test_an_expression_reads_back_as_it_was_built(made: ast.expr) -> None:
    written = expression_text(made)
    assert structure(ast.parse(written, mode="eval").body) == structure(made)
    assert width(made) == len(written)
    assert not written.splitlines()[1:]


@pytest.mark.parametrize(
    "text",
    [
        "a - (b - c)",
        "a - b - c",
        "a / (b * c) * d",
        "(a + b) * c @ d",
        "(a, b)[0]",
        "(a + b).T",
        "(-a) ** b",
        "-(a**b)",
        "a ** (b + 1)",
        "a**b**c",
        "(a**b) ** c",
        "2.0**-k",
        "x.y**2",
        "f(x) ** 2",
        "not a and (b or not c)",
        "a < b <= c != (d == e)",
        "(a if b else c) if d else e if f else g",
        "f(a if b else c, *d, axis=-1, **e)",
        "f(x for x in y)",
        "f((x for x in y), z)",
        "x[..., None]",
        "a[1:, :3]",
        "a[1 : t + 1]",
        "a[: n + 1, 1:n:2, -1:, f(x) :]",
        "a[x,]",
        "a[*x]",
        "a[()]",
        "()",
        "(a,)",
        "[a, *b]",
        "{a, b}",
        '{"a": b, **c}',
        "[x + y for x, y in z if x if y]",
        "{x: y for x, y in (a if b else c)}",
        "(1).real",
        "-(-a) + ~b",
        "1e16 + 1e-05 + 0.1",
        r'"\n\\é\x00"',
        "'\"'",
        r'''"'\""''',
        "f\"({', '.join(x)}) {y!r:>{n}} {{}} { {1: 2}}\"",
        """f'"{x}" of {y["a"]}'""",
    ],
)
def test_it_has_the_parentheses_and_spaces_of_a_formatter(text: str) -> None:
    assert expression_text(ast.parse(text, mode="eval").body) == text


def test_a_chain_is_walked_however_long_it_is() -> None:
    found = name("x")
    for number in range(10_000):
        found = (
            binary("*" if number % 2 else "+", found, constant(number))
            if number < 150
            else binary("-", found, name("y"))
        )
    written = expression_text(found)
    # Every product is of a sum, which needs its parentheses, as deep as Python reads them.
    assert written.startswith("(" * 75 + "x + 0) * 1 + 2) * 3")
    assert written.endswith("* 149" + " - y" * 9_850)


def test_an_integer_of_any_length_is_a_literal() -> None:
    assert expression_text(constant(10**3000)) == "1" + "0" * 3000
    assert ast.literal_eval(expression_text(constant(-(10**6000)))) == -(10**6000)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), -1, -0.5, 1j, b"x"])
def test_a_constant_that_is_no_literal_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="no literal of generated code"):
        expression_text(unary("-", ast.Constant(value)))  # type: ignore[arg-type]


def test_a_string_that_cannot_stand_in_an_f_string_is_refused() -> None:
    inside = ast.FormattedValue(ast.Constant("\\"), -1, None)
    with pytest.raises(ValueError, match="this cannot stand in an f-string"):
        expression_text(ast.JoinedStr([inside]))
