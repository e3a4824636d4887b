"""Nodes are built as they are meant: numbers with their signs, places folded, templates filled and left as they are."""

from __future__ import annotations

import ast
import copy
import pickle

import pytest

from unfoldgraph.program.python_text.expressions import expression_text
from unfoldgraph.program.python_text.lines import lines
from unfoldgraph.program.python_text.nodes import (
    Blank,
    Comment,
    Docstring,
    attribute,
    binary,
    call,
    compared,
    constant,
    dict_of,
    filled,
    function,
    item,
    joined,
    list_of,
    name,
    parameters,
    parsed,
    plus,
    slice_of,
    starred,
    tuple_of,
    unary,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-3, "-3"),
        (0.1, "0.1"),
        (-0.0, "-0.0"),
        (True, "True"),
        (None, "None"),
        (..., "..."),
        ("a", '"a"'),
    ],
)
def test_a_constant_has_its_sign_as_an_operator(value: float | str | None, text: str) -> None:
    assert expression_text(constant(value)) == text
    # So that it needs its parentheses where any negative number does.
    if text.startswith("-"):
        assert expression_text(binary("**", constant(value), name("n"))) == f"({text}) ** n"


def test_a_sum_with_a_number_is_one_number_away() -> None:
    t = name("t")
    assert plus(t, 0) is t
    assert plus(plus(t, 2), -2) is t
    folded = [plus(t, 2), plus(plus(t, -1), 3), plus(plus(t, 1), -2), plus(constant(-2), 1), plus(constant(True), 1)]
    assert [expression_text(each) for each in folded] == ["t + 2", "t + 2", "t - 1", "-1", "True + 1"]


def test_the_nodes_are_those_of_the_standard_parser() -> None:
    built = filled(
        "f(*args, axis=a)[b]",
        args=[starred(name("x")), tuple_of(name("x")), list_of(), dict_of({"x": constant(1)})],
        a=unary("not", joined("or", compared(name("x"), "not in", name("y")), name("z"))),
        b=item(
            attribute(name("x"), "y", "T", "shape"), slice_of(last=binary("//", name("n"), constant(2))), constant(0)
        ),
    )
    assert ast.dump(built) == ast.dump(
        parsed('f(*x, (x,), [], {"x": 1}, axis=not (x not in y or z))[x.y.T.shape[: n // 2, 0]]')
    )
    assert joined("and", built) is built


def test_a_template_is_left_as_it_is() -> None:
    before = ast.dump(parsed("x + f(*y)"))
    assert expression_text(filled("x + f(*y)", x=name("a"), y=[])) == "a + f()"
    assert expression_text(filled("x + f(*y)", y=name("z"))) == "x + f(*z)"
    assert ast.dump(parsed("x + f(*y)")) == before
    # What is put in is not looked at for more names.
    assert expression_text(filled("x + y", x=name("y"), y=name("x"))) == "y + x"


def test_a_signature_has_all_kinds_of_parameters() -> None:
    taken = parameters("a", ("b", constant(1)), keyword_only=["c", ("d", call("f"))], others="e", other_keywords="g")
    assert lines([function("h", taken, [ast.Pass()])]) == ["def h(a, b=1, *e, c, d=f(), **g):", "    pass"]


@pytest.mark.parametrize("node", [Comment("words"), Blank(), Docstring(["words"])])
def test_statements_of_our_own_are_copied_and_pickled(node: ast.stmt) -> None:
    for other in (copy.copy(node), copy.deepcopy(node), pickle.loads(pickle.dumps(node))):
        assert lines([other]) == lines([node])
