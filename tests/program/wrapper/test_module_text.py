"""The text of generated modules: what stands around their function."""

from __future__ import annotations

import ast
from dataclasses import replace

from unfoldgraph.language.text import read
from unfoldgraph.program.names import Names
from unfoldgraph.program.python_text.nodes import attribute, call, constant, function, name, parameters
from unfoldgraph.program.python_text.words import words_of
from unfoldgraph.program.wrapper.module_text import module_text

CIRCUIT = "s(t) = s(t-1) + x(t)"


def text_of(circuit: str, value: ast.expr, *hidden: str) -> str:
    """Return the module of a circuit with a function that only returns a value; some names are the circuit's own."""
    names = Names()
    names.claim_all(list(hidden))
    body: list[ast.stmt] = [ast.Return(value)]
    return str(module_text(read(circuit), words_of(names, has_batch=True), function("f", parameters(), body)))


def test_a_module_says_what_it_computes_and_by_whom_it_is_written() -> None:
    text = text_of(CIRCUIT, constant(1))
    assert text.startswith(
        '# Written by unfoldgraph.\n"""circuit\n\n    s(t) = s(t-1) + x(t)\n"""\n\nimport numpy as np\n'
    )
    assert text.endswith("\n\n\ndef f():\n    return 1\n")


def test_a_module_holds_what_its_function_calls_and_no_more() -> None:
    text = text_of(CIRCUIT, call("_of_shape", name("x")))
    defined = [node.name for node in ast.parse(text).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    assert defined == ["f", "_of_shape", "_fits", "_told"]
    # What is only said in a string or a comment is not called.
    assert "_of_shape" not in text_of(CIRCUIT, constant("_of_shape(x)")).replace('"_of_shape(x)"', "")


def test_names_that_the_circuit_hides_have_others_where_they_are_used() -> None:
    text = text_of(CIRCUIT, call("_range", attribute(name("_np"), "nan")), "np", "range", "len")
    assert "\n\n# The circuit has names of its own like these.\n_np = np\n_range = range\n\n\ndef f():" in text
    assert "_len" not in text
    assert "# The circuit" not in text_of(CIRCUIT, constant(1), "np")


def test_no_title_ends_its_docstring_and_equations_are_broken() -> None:
    long = read("s(t) = s(t-1) + " + " + ".join(f"x{number}(t)" for number in range(60)))
    model = replace(long, title='three """quotes""" and \\n no new line"')
    defined = function("f", parameters(), [ast.Return(constant(1))])
    text = str(module_text(model, words_of(Names(), has_batch=True), defined))
    docstring = ast.get_docstring(ast.parse(text), clean=False)
    assert docstring is not None and docstring.startswith(
        'three """quotes""" and \\n no new line"\n\n    s(t) = s(t-1)'
    )
    assert docstring.count("x59(t)") == 1 and max(map(len, text.splitlines())) <= 110
