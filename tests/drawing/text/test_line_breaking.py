"""What is too long for one line."""

from __future__ import annotations

from unfoldgraph import Circuit
from unfoldgraph.drawing.scene.scene import Text


def test_a_long_sum_is_broken_inside_its_parentheses() -> None:
    letters = "ABCDEFGHIJKLMN"
    circuit = Circuit(f"{', '.join(letters)} : (3, 3); h(t) : 3; h(t) = ({' + '.join(letters)}).T @ h(t-1)")
    found = {item.label.latex for item in circuit.draw(view="circuit").scene.items if isinstance(item, Text)}
    (label,) = (latex for latex in found if "gathered" in latex)
    assert label.startswith(r"\left(\begin{gathered}A + B + C + D \\") and label.endswith(
        r"N\end{gathered}\right)^{\top}"
    )
