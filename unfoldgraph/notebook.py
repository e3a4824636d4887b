"""How circuits, unfoldings and pictures show themselves in a notebook.

IPython asks an object for all its forms at once, and each front end takes the best that it knows. So nothing here
raises: what cannot be drawn is told in words.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from unfoldgraph.base.errors import CircuitError
from unfoldgraph.unfolding.unfolding import Unfolding

if TYPE_CHECKING:
    from unfoldgraph.drawing.scene.scene import Scene

__all__ = ["ShownUnfolding", "bundle"]

# Never wider than the page nor cut off, and as high as it is wide.
_STYLE = "max-width:100%;height:auto;overflow:visible"


class ShownUnfolding(Unfolding):
    """An unfolding that is a picture in a notebook, in numbers."""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from unfoldgraph.drawing.draw import draw

        return bundle(repr(self), {}, lambda: draw(self.model, self.lengths, view="unfolded", sizes=self.sizes or None))


def bundle(plain: str, texts: dict[str, Callable[[], str]], scene: Callable[[], Scene]) -> dict[str, str]:
    """Return the forms of an object by their media types; IPython leaves out those that are not wanted.

    Parameters
    ----------
    plain : What it is in words, or what it says of itself.
    texts : What makes further texts; one that cannot be made is left out.
    scene : What draws the picture; why there is none is said in the words.
    """
    found = {"text/plain": plain}
    for kind, make in texts.items():
        with suppress(CircuitError):
            found[kind] = make()
    try:
        found |= _picture(scene())
    except CircuitError as error:
        found["text/plain"] += f"\n(not drawn: {error.message})"
    return found


def _picture(scene: Scene) -> dict[str, str]:
    """Return a picture as SVG, and as HTML in which it is never cropped."""
    from unfoldgraph.drawing.formats.writers import WRITERS

    svg = WRITERS["svg"](scene).decode()
    inline = svg[svg.index("<svg ") :].replace("<svg ", f'<svg style="{_STYLE}" ', 1)
    return {"text/html": f'<div style="overflow:visible">\n{inline}</div>\n', "image/svg+xml": svg}
