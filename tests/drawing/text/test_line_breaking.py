"""What is too long for one line."""

from __future__ import annotations

import re

from unfoldgraph import Circuit
from unfoldgraph.algebra.latex import name_parts, name_pieces
from unfoldgraph.drawing.scene.scene import Text
from unfoldgraph.drawing.text.line_breaking import folded


def test_a_long_sum_is_broken_inside_its_parentheses() -> None:
    letters = "ABCDEFGHIJKLMN"
    circuit = Circuit(f"{', '.join(letters)} : (3, 3); h(t) : 3; h(t) = ({' + '.join(letters)}).T @ h(t-1)")
    found = {item.label.latex for item in circuit.draw(view="circuit").scene.items if isinstance(item, Text)}
    (label,) = (latex for latex in found if "gathered" in latex)
    assert label.startswith(r"\left(\begin{gathered}A + B + C + D \\") and label.endswith(
        r"N\end{gathered}\right)^{\top}"
    )


def test_a_name_of_several_words_is_broken_between_them() -> None:
    name = "the_last_hidden_state_of_the_second_encoder_behind_a_window"
    words = name.split("_")
    for pieces in (name_pieces(name), name_parts(name, 1).base, name_pieces(f"{name}_1")):
        lines = re.findall(r"\\mathrm\{([^}]*)\}", folded(tuple(pieces)).latex)
        assert len(lines) > 1 and r"\ ".join(lines).split(r"\ ") == words
        assert max(map(len, lines)) < 2 * min(map(len, lines))
    # Where one word is as long as all lines, there are fewer.
    assert folded(tuple(name_pieces(f"a{'b' * 50}_of_it"))).latex.count("mathrm") == 2
