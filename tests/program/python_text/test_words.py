"""What generated code calls what is not the circuit's."""

from __future__ import annotations

import pytest

from unfoldgraph.program.names import Names
from unfoldgraph.program.python_text.expressions import expression_text
from unfoldgraph.program.python_text.words import OUTSIDE, words_of
from unfoldgraph.program.standalone import runtime_names


@pytest.mark.parametrize("hidden", OUTSIDE)
def test_a_name_of_the_circuit_hides_one_outside(hidden: str) -> None:
    names = Names()
    names.claim(hidden)
    words = words_of(names, has_batch=True)
    assert words.hidden == {hidden: f"_{hidden}"}
    assert {words[word] for word in OUTSIDE if word != hidden} == {*OUTSIDE} - {hidden}
    # No function of the runtime is hidden by what is called otherwise.
    assert f"_{hidden}" not in runtime_names()


def test_own_names_make_way_for_those_of_the_circuit() -> None:
    names = Names()
    names.claim_all(["batch", "results", "np"])
    words = words_of(names, has_batch=True)
    assert (words["batch"], words["results"], words["arrays"]) == ("batch_", "results_", "arrays")
    assert expression_text(words.numpy("zeros")) == "_np.zeros"


def test_without_arrays_there_is_no_batch_and_one_type() -> None:
    words = words_of(Names(), has_batch=False)
    assert (expression_text(words.batch), expression_text(words.dtype)) == ("()", "np.float64")
