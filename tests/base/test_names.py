"""Names: in how many ways one is spelled, and what it is made of."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unfoldgraph.algebra.latex import name_parts
from unfoldgraph.algebra.notation import printed, shown
from unfoldgraph.algebra.pieces import joined
from unfoldgraph.base.names import ACCENTS, GREEK, NAME_PATTERN, apart, canonical, misplaced_accent, name_characters

#: A name, how it is printed in plain characters, its base, what is below it and what is above that, in LaTeX.
PRINTED = [
    ("y_hat", "ŷ", r"\hat{y}", "", ""),
    ("x_bar", "x̄", r"\bar{x}", "", ""),
    ("C_tilde", "C̃", r"\tilde{C}", "", ""),
    ("x_dot", "ẋ", r"\dot{x}", "", ""),
    ("h_prime", "h′", "h", "", r"\prime"),
    ("h_star", "h*", "h", "", "*"),
    ("theta_hat", "θ̂", r"\hat{\theta}", "", ""),
    ("Omega_dot_1", "Ω̇_1", r"\dot{\Omega}", "1", ""),
    ("y_hat_1", "ŷ_1", r"\hat{y}", "1", ""),
    ("y_hat1", "ŷ_1", r"\hat{y}", "1", ""),
    ("y_hat_i_2", "ŷ_i_2", r"\hat{y}", "i,2", ""),
    ("i_hat", "î", r"\hat{\imath}", "", ""),
    ("j_bar_t", "j̄_t", r"\bar{\jmath}", "t", ""),
    ("y_hat_prime", "ŷ′", r"\hat{y}", "", r"\prime"),
    ("h_prime_prime_2", "h′′_2", "h", "2", r"\prime\prime"),
    ("h_prime1", "h′_1", "h", "1", r"\prime"),
    # Behind a subscript, on a word and a second time they are words.
    ("y_1_hat", "y_1_hat", "y", r"1,\mathrm{hat}", ""),
    ("y1_hat", "y1_hat", "y", r"1,\mathrm{hat}", ""),
    ("y_hat_tilde", "ŷ_tilde", r"\hat{y}", r"\mathrm{tilde}", ""),
    ("loss_hat", "loss hat", r"\mathrm{loss\ hat}", "", ""),
    # What begins with a letter has subscripts.
    ("W_f", "W_f", "W", "f", ""),
    ("b1", "b1", "b", "1", ""),
    ("h_last_step", "h_last_step", "h", r"\mathrm{last},\mathrm{step}", ""),
    ("theta_out", "θ_out", r"\theta", r"\mathrm{out}", ""),
    # What begins with a word is a phrase if another word follows.
    ("hidden_state_of_the_encoder", "hidden state of the encoder", r"\mathrm{hidden\ state\ of\ the\ encoder}", "", ""),
    ("cost_of_a_word", "cost of a word", r"\mathrm{cost\ of\ a\ word}", "", ""),
    ("hidden_state_1", "hidden state_1", r"\mathrm{hidden\ state}", "1", ""),
    ("hidden_state1_t", "hidden state_1_t", r"\mathrm{hidden\ state}", "1,t", ""),
    ("mean_theta_error", "mean θ error", r"\mathrm{mean\ \theta \ error}", "", ""),
    ("LSTM_out", "LSTM out", r"\mathrm{LSTM\ out}", "", ""),
    ("loss", "loss", r"\mathrm{loss}", "", ""),
    ("score_1", "score_1", r"\mathrm{score}", "1", ""),
    ("loss_t", "loss_t", r"\mathrm{loss}", "t", ""),
    ("error_theta", "error_θ", r"\mathrm{error}", r"\theta", ""),
    ("dL_dh", "dL_dh", r"\mathrm{dL}", r"\mathrm{dh}", ""),
    ("dx_dt", "dx_dt", r"\mathrm{dx}", r"\mathrm{dt}", ""),
]


@pytest.mark.parametrize(("name", "text", "base", "below", "above"), PRINTED)
def test_how_a_name_is_printed(name: str, text: str, base: str, below: str, above: str) -> None:
    assert printed(name) == unicodedata.normalize("NFC", text)
    assert tuple(joined(pieces) for pieces in name_parts(name)) == (base, below, above)


@pytest.mark.parametrize(("name", "base"), [("y_hat", r"\hat{\boldsymbol{y}}"), ("h_prime", r"\boldsymbol{h}")])
def test_a_letter_is_bold_and_not_its_accent(name: str, base: str) -> None:
    assert joined(name_parts(name, 1).base) == base


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
@pytest.mark.parametrize("accent", ACCENTS)
@pytest.mark.parametrize("letter", ["y", "C", "θ", "Ω", "i"])
def test_composed_and_combining_are_one_name(letter: str, accent: str, form: str) -> None:
    # Python keeps the identifiers of keywords in NFKC.
    written = unicodedata.normalize(form, letter + ACCENTS[accent])
    for rest in ("", "_1", "1", "_W", "_θ"):
        name = written + rest
        expected = f"{canonical(letter)}_{accent}" + rest.replace("θ", "theta")
        assert re.fullmatch(NAME_PATTERN, name) and misplaced_accent(name) is None
        assert canonical(name) == canonical(expected) == expected
        assert name_characters(name) == len(expected)


def test_an_overline_is_a_bar_and_primes_follow_other_accents() -> None:
    assert canonical("x\u0305") == canonical("x̄") == "x_bar"
    assert canonical("ŷ′_1") == "y_hat_prime_1" and canonical("h′′") == "h_prime_prime"
    assert canonical("theta′") == canonical("θ′") == "theta_prime"


@given(st.text("yCθhf_1̂̄̃̇′ŷẋaetloss", min_size=1, max_size=9))
def test_an_accent_belongs_to_a_name_or_is_refused_with_a_name_that_is_none_itself(written: str) -> None:
    name = "x" + written
    plain = misplaced_accent(name)
    found = canonical(name) if plain is None else plain
    assert not any(unicodedata.combining(character) or character == "′" for character in found)
    assert re.fullmatch(NAME_PATTERN, found) and misplaced_accent(found) is None
    assert canonical(canonical(found)) == canonical(found)


@given(st.lists(st.sampled_from(["y", "theta", "hat", "prime", "star", "loss", "of", "1", "hat2", "dL"]), min_size=1))
def test_what_is_printed_tells_all_parts_of_a_name(parts: list[str]) -> None:
    name = "_".join(["x", *parts])
    words, accent, marks, below = apart(name)
    told = [*words, *filter(None, [accent]), *marks, *below]
    assert "".join(told) == name.replace("_", "")
    assert shown(name) == name.replace("theta", GREEK["theta"])
