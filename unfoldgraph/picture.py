"""The public face of a picture: every format, frames for slides, and files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from unfoldgraph.base.errors import CircuitError
from unfoldgraph.drawing.options import format_of

if TYPE_CHECKING:
    import graphviz

    from unfoldgraph.drawing.annotations.notes import Notes
    from unfoldgraph.drawing.scene.scene import Scene

__all__ = ["Drawing"]


class Drawing:
    """A picture of a circuit in every format; it shows itself in a notebook.

    The coordinates of its scene are units of `scene.scale` CSS pixels, 96 of which are an inch; y runs downward.

    Examples
    --------
    >>> from unfoldgraph import Circuit
    >>> picture = Circuit("s(t) = f(s(t-1); theta)").draw(steps=2)
    >>> picture.svg[:5], picture.pdf[:5]
    ('<?xml', b'%PDF-')
    """

    def __init__(self, scene: Scene, notes: Callable[[], Notes] | None = None) -> None:
        self.scene = scene
        self._notes = notes

    def render(self, suffix: str) -> bytes:
        """Return the picture in a format, named as itself or by a suffix: `svg`, `pdf`, `mermaid`, `mmd`.

        Raises
        ------
        CircuitError : for a format that there is not.

        Examples
        --------
        >>> from unfoldgraph import Circuit
        >>> Circuit("s(t) = f(s(t-1); theta)").draw().render("mmd").decode().splitlines()[0]
        '%% Written by unfoldgraph.'
        """
        from unfoldgraph.drawing.formats.writers import WRITERS

        name = format_of(suffix)
        if name not in WRITERS:
            raise CircuitError(f"there is no format '{suffix}'", help=f"the formats are: {', '.join(WRITERS)}")
        if name == "html" and self._notes is not None:
            # A page is the only format that tells more than the picture shows.
            from unfoldgraph.drawing.formats import html

            return html.write(self.scene, self._notes())
        return WRITERS[name](self.scene)

    @property
    def svg(self) -> str:
        """The picture as SVG."""
        return self.render("svg").decode()

    @property
    def png(self) -> bytes:
        """The picture as PNG."""
        return self.render("png")

    @property
    def pdf(self) -> bytes:
        """The picture as PDF."""
        return self.render("pdf")

    @property
    def html(self) -> str:
        """The picture as a page to explore it in: one file that needs nothing else."""
        return self.render("html").decode()

    @property
    def tex(self) -> str:
        r"""The picture as TikZ, for `\input`; it needs the packages tikz and amsmath and the library arrows.meta."""
        return self.render("tex").decode()

    @property
    def dot(self) -> str:
        """The picture in the language of Graphviz, with its places and routes, which `neato -n2` keeps; no legend."""
        return self.render("dot").decode()

    @property
    def graphviz(self) -> graphviz.Digraph:
        """The same as an object of the package graphviz, for those who have Graphviz."""
        from unfoldgraph.drawing.formats.dot import digraph

        return digraph(self.scene)

    @property
    def mermaid(self) -> str:
        """What is joined to what as a flowchart of Mermaid, which loses places and typeset labels; no legend."""
        return self.render("mermaid").decode()

    @property
    def json(self) -> str:
        """The scene as JSON, for those who draw with something else."""
        return self.render("json").decode()

    @property
    def alt_text(self) -> str:
        """What the picture shows, in words."""
        return self.scene.description

    def save(self, path: str | Path) -> None:
        """Write the picture in the format of the suffix, whole; a file that is there is replaced.

        Raises
        ------
        CircuitError : for a suffix that is no format's.
        OSError : where the file cannot be written; what was there is then as it was.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> from unfoldgraph import Circuit
        >>> with TemporaryDirectory() as folder:
        ...     Circuit("s(t) = f(s(t-1); theta)").draw().save(Path(folder, "s.svg"))
        ...     [path.name for path in Path(folder).iterdir()]
        ['s.svg']
        """
        from unfoldgraph.base.files import write_whole

        write_whole({Path(path): self.render(Path(path).suffix.lstrip(".").lower())}, force=True)

    @property
    def frames(self) -> tuple[Drawing, ...]:
        """The picture as it grows, for slides: the circuit alone, then one step more in each, at the same places.

        With several axes a frame adds what can be computed next. Raises `CircuitError` where nothing is unfolded.

        >>> from unfoldgraph import Circuit
        >>> len(Circuit("s(t) = f(s(t-1); theta)").draw(steps=3).frames)
        4
        """
        return tuple(self._frames().values())

    def _frames(self) -> dict[int, Drawing]:
        """Return the frames by their numbers."""
        from unfoldgraph.drawing.annotations.frames import frames

        return {n: Drawing(scene) for n, scene in frames(self.scene).items()}

    def render_frames(self, path: str | Path, suffix: str = "") -> dict[Path, bytes]:
        """Return the files of the frames by their paths: one PDF with a page for each, else a file for each.

        `rnn.svg` becomes `rnn-0.svg` (the circuit), `rnn-1.svg`, …; the format is that of the suffix.

        Raises
        ------
        CircuitError : for a format without frames, and where nothing is unfolded.

        Examples
        --------
        >>> from unfoldgraph import Circuit
        >>> files = Circuit("s(t) = f(s(t-1); theta)").draw(steps=1).render_frames("s.pdf")
        >>> [path.name for path in files]
        ['s.pdf']
        """
        from unfoldgraph.drawing.formats.pdf import pdf_pages
        from unfoldgraph.drawing.formats.tex import tex_frames

        path = Path(path)
        format_ = format_of(suffix or path.suffix.lstrip(".").lower())
        if format_ == "html":
            raise CircuitError("a page shows its steps one by one anyway", help="leave the frames out")
        if format_ == "pdf":
            return {path: pdf_pages([frame.scene for frame in self.frames])}
        frames = self._frames()
        digits = len(str(max(frames)))
        # One frame after the other has type of the same size, whatever it shows.
        is_tex = format_ == "tex"
        drawn = frames.values()
        files = tex_frames([frame.scene for frame in drawn]) if is_tex else [frame.render(format_) for frame in drawn]
        return {
            path.with_name(f"{path.stem}-{n:0{digits}}{path.suffix}"): content
            for n, content in zip(frames, files, strict=True)
        }

    def save_frames(self, path: str | Path) -> tuple[Path, ...]:
        """Write the frames that `render_frames` gives, and return the paths; files that are there are replaced.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> from unfoldgraph import Circuit
        >>> with TemporaryDirectory() as folder:
        ...     paths = Circuit("s(t) = f(s(t-1); theta)").draw(steps=2).save_frames(Path(folder, "s.svg"))
        ...     [path.name for path in paths]
        ['s-0.svg', 's-1.svg', 's-2.svg']
        """
        from unfoldgraph.base.files import write_whole

        files = self.render_frames(path)
        write_whole(files, force=True)
        return tuple(files)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from unfoldgraph.notebook import bundle

        return bundle(self.alt_text, {}, lambda: self.scene)
