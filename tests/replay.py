"""Prove of a change that claims to change nothing that it changes nothing: everything circuits tell, before and after.

Some hundreds of circuits of every sort, those of the gallery and wrong texts are asked for all that the public face of
the package gives: errors, warnings, reports, formulas, values, programs and pictures. Two records of two versions of
the code are compared, reading by reading. The code before the change comes from a checkout of its own:

    git worktree add ../before main
    export REPLAY=$PWD/tests/replay.py
    PYTHONPATH=../before python $REPLAY make 500 -o circuits.json
    PYTHONPATH=../before python $REPLAY record circuits.json -o before.jsonl --jobs 2
    PYTHONPATH=. python $REPLAY record circuits.json -o after.jsonl --jobs 2
    python $REPLAY compare before.jsonl after.jsonl

`make` and `record` say which package they have imported. `make` takes the generators of the tests beside that package;
`record` needs no other file of the tests, so that this one file serves for both versions. `--first 60` replays some of
the circuits only, and `compare` is of those that both records have. All on a machine with the same libraries: numbers
are compared to the last digit. What takes too long is left out of the comparison, whichever version was slow.
Not replayed: circuits that are written in Python, except by way of SymPy, and files that commands write.

Each line of a record is one circuit: its number, its text, and its readings by name, long ones as their length and
SHA-256. `record … --whole` spells out the long ones too, for looking at a difference.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import itertools
import json
import keyword
import re
import resource
import runpy
import signal
import sys
import time
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import unfoldgraph
from unfoldgraph import Circuit, CircuitError

#: Seconds of the processor that one reading may take, and all those of a circuit.
CAP, CAP_OF_ALL = 3, 12
#: Bytes that a process may have; what would take more is a reading that ends in a `MemoryError`.
MEMORY = 4 * 2**30
#: What stands for a reading that takes longer, and for the rest.
TIMEOUT = "timeout"
#: The longest text that a record spells out.
SPELLED = 200
FORMS = ("nested", "steps", "let", "signature", "closed")
FORMATS = ("text", "latex", "sympy", "json")
NOTATIONS = ("book", "subscript", "bracket")
PICTURES = ("svg", "tex", "dot", "mermaid", "html", "pdf")
#: Options of a picture that some circuits are drawn with.
OPTIONS: tuple[dict[str, Any], ...] = (
    {"direction": "up", "notation": "subscript", "theme": "dark"}, {"parameters": "nodes", "legend": True},
    {"wavefronts": True, "notation": "bracket"}, {"width": "8cm", "background": "transparent"}, {"theme": "no such"},
)  # fmt: skip

# Circuits ---------------------------------------------------------------------------------------------


def make(count: int) -> list[str]:
    """Return texts: as many circuits that are accepted, those of the gallery, and two wrong ones for five of these."""
    tests = Path(str(unfoldgraph.__file__)).parents[1] / "tests"
    sys.path[:0] = [str(tests / folder) for folder in ("", "generators", "oracles", "support", "whole")]
    import circuits
    import sketches
    import test_totality

    random = Random(1)
    sources: list[Iterator[str]] = [
        drawn(strategy, count)
        for strategy in (
            circuits.circuits(), circuits.arrays_of_values(), circuits.opaque(), circuits.masks(), circuits.two_way(),
            circuits.lattices(), circuits.renamed(), sketches.orders().map(lambda sketch: sketch.text),
            sketches.edges_written().map(lambda sketch: sketch.text),
        )
    ]  # fmt: skip
    sources += [
        (make_one(random) for _ in itertools.count())
        for make_one in (test_totality.a_circuit, test_totality.a_circuit_of_two_axes)
    ]
    accepted: dict[str, None] = {}
    refused: dict[str, None] = {}
    for text in itertools.chain.from_iterable(zip(*map(one_accepted_at_a_time(refused), sources), strict=False)):
        if len(accepted) == count:
            break
        accepted[text] = None
    gallery = [told_by_command("gallery", line.split()[0]) for line in told_by_command("gallery").splitlines()]
    wrong = dict.fromkeys(random.sample(list(refused), min(count // 5, len(refused))))
    texts = [*gallery, *accepted]
    while len(wrong) < 2 * (count // 5):
        edits = [
            (kind, random.randrange(2000), random.randrange(2000), random.choice(test_totality.TOKENS))
            for kind in random.choices(("delete", "repeat", "swap", "insert", "replace", "cut"), k=random.randint(1, 3))
        ]
        text = test_totality.mutated(re.findall(r"\w+|\s+|.", random.choice(texts), re.DOTALL), edits)
        if not is_accepted(text):
            wrong[text] = None
    return [*texts, *wrong]


def drawn(strategy: Any, count: int) -> Iterator[str]:
    """Return texts that a strategy of Hypothesis draws, each time the same ones."""
    from hypothesis import HealthCheck, Phase, given, seed, settings

    found: dict[str, None] = {}

    @seed(1)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=HealthCheck
    )
    @given(strategy)
    def draw(text: str) -> None:
        found[text] = None

    draw()
    # The first are the smallest, and like each other.
    return iter(Random(1).sample(list(found), len(found)))


def one_accepted_at_a_time(refused: dict[str, None]) -> Callable[[Iterator[str]], Iterator[str]]:
    """Return a filter of texts that are accepted, which keeps the others."""

    def accepted(texts: Iterator[str]) -> Iterator[str]:
        for text in texts:
            if is_accepted(text):
                yield text
            else:
                refused[text] = None

    return accepted


def is_accepted(text: str) -> bool:
    """Say whether a text is a circuit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            Circuit(text)
        except CircuitError:
            return False
    return True


# Readings ---------------------------------------------------------------------------------------------

Reading = tuple[str, Callable[[], object]]


def readings(text: str, number: int) -> Iterator[Reading]:
    """Yield all that a text is asked for, each by name; some of the dear ones are for every fifth or tenth alone."""
    yield "command check", lambda: told_by_command("check", text)
    yield "error", lambda: refusal(text)
    try:
        circuit = Circuit(text, name=f"number_{number}")
    except CircuitError:
        return
    lengths = next(filter(partial(has_lengths, circuit), (dict.fromkeys(circuit.axes, steps) for steps in (3, 6))), {})
    yield "lengths", lambda: lengths
    yield "repr", lambda: repr(circuit)
    yield "text", circuit.text
    yield "names", lambda: [circuit.name, circuit.title, circuit.axes, circuit.inputs, circuit.signals]
    yield "parameters", lambda: list(circuit.parameters)
    yield "warnings", lambda: circuit.warnings
    yield "latex", lambda: circuit.latex
    yield "graph", lambda: graph_told(circuit.graph)
    yield "equal again", lambda: Circuit(circuit.text()) == circuit
    yield "sympy", lambda: circuit.sympy
    yield "sympy again", lambda: Circuit.from_sympy(circuit.sympy).text()
    steps = ["--steps", ",".join(f"{axis}={length}" for axis, length in lengths.items())] if lengths else []
    yield "command info", lambda: told_by_command("info", text, *steps)
    yield "command info --json", lambda: told_by_command("info", text, *steps, "--json")
    for name in circuit.signals:
        yield f"expand {name}, command", lambda name=name: told_by_command("expand", text, name, *steps)  # type: ignore[misc]
        yield from expanded(circuit, name, lengths, number % 5 == 0 and name == circuit.signals[0])
    yield from unfolded(circuit, lengths)
    report: dict[str, Any] = {}
    # Warnings come behind it.
    yield "report", lambda: report.update(json.JSONDecoder().raw_decode(told_by_command("info", text, "--json"))[0])
    if not report:
        return
    yield from computed(circuit, report, lengths)
    yield from pictured(circuit, text, report, lengths, number)


def refusal(text: str) -> object:
    """Return what a text is refused with; None where it is not."""
    try:
        Circuit(text)
    except CircuitError as error:
        return [str(error), error.message, error.span, error.problems, error.cycles]
    return None


def has_lengths(circuit: Circuit, lengths: Mapping[str, int]) -> bool:
    """Say whether a circuit can be unfolded for these lengths."""
    try:
        circuit.unfold(lengths)
    except CircuitError:
        return False
    return True


def expanded(circuit: Circuit, name: str, lengths: Mapping[str, int], is_whole: bool) -> Iterator[Reading]:
    """Yield the formula of a signal in every form and format, and in every notation if whole."""
    made: list[Any] = []
    yield f"expand {name}", lambda: made.append(circuit.expand(name, lengths)) or made[0]
    if not made:
        return
    yield f"expand {name}, size", lambda: made[0].size
    yield f"expand {name}, latex of lines", lambda: [line.latex for line in (*made[0].steps(), *made[0].let())]
    yield f"expand {name}, notebook", lambda: made[0]._repr_mimebundle_()
    for form, format_, notation in itertools.product(FORMS, FORMATS, NOTATIONS if is_whole else NOTATIONS[:1]):
        if format_ == "sympy" and notation != NOTATIONS[0]:
            continue
        told = partial(made[0].render, form, format_, notation)
        yield f"expand {name}, {form}, {format_}, {notation}", lambda told=told: "".join(told())  # type: ignore[misc]


def unfolded(circuit: Circuit, lengths: Mapping[str, int]) -> Iterator[Reading]:
    """Yield the unfolded graph and its numbers, also of a length at which nothing can be listed."""
    yield "unfold", lambda: circuit.unfold(lengths)
    yield "unfold, depth", lambda: circuit.unfold(lengths).depth
    yield "unfold, nodes", lambda: list(circuit.unfold(lengths).nodes)
    yield "unfold, edges", lambda: list(circuit.unfold(lengths).edges)
    yield "unfold, uses", lambda: [circuit.unfold(lengths).uses(name) for name in circuit.parameters]
    yield "unfold, networkx", lambda: graph_told(circuit.unfold(lengths).to_networkx())
    yield "unfold, graphviz", lambda: circuit.unfold(lengths).to_graphviz().source
    yield "unfold, fold", lambda: graph_told(circuit.unfold(lengths).fold())
    for many in (0, 1000, 10**9):
        long = partial(circuit.unfold, dict.fromkeys(circuit.axes, many))
        yield f"unfold {many}", long
        yield f"unfold {many}, edges", lambda of=long: of().edges.size  # type: ignore[misc]
        yield f"unfold {many}, depth", lambda of=long: of().depth  # type: ignore[misc]


def computed(circuit: Circuit, report: Mapping[str, Any], lengths: Mapping[str, int]) -> Iterator[Reading]:
    """Yield programs, what they compute of made-up arrays, and what a plain evaluation does."""
    last = circuit.signals[-1:]
    yield "compile", lambda: [repr(circuit.compile()), circuit.compile().source]
    yield "compile steps", lambda: [repr(circuit.compile(lengths)), circuit.compile(lengths).source]
    yield "compile outputs", lambda: circuit.compile(outputs=last).source
    data = arrays(report, lengths)
    given = {one["argument"] for one in report["boundaries"]}
    some = {name: value for name, value in data.items() if name not in given}
    yield "evaluate", lambda: list(circuit.unfold(lengths).evaluate(**data).items())
    yield "evaluate without boundaries", lambda: list(circuit.unfold(lengths).evaluate(**some).items())
    yield "values", lambda: list(circuit.unfold(lengths).values(**data).items())
    yield "run", lambda: list(circuit.compile()(steps=lengths, **data).items())
    yield "run without boundaries", lambda: list(circuit.compile()(steps=lengths, **some).items())
    yield "run steps", lambda: list(circuit.compile(lengths)(**data).items())
    yield "run outputs", lambda: list(circuit.compile(outputs=last)(steps=lengths, **some).items())
    yield "run for nothing", lambda: list(circuit.compile()().items())
    both = arrays(report, lengths, (2,))
    ends = {axis: [length, length - 1] for axis, length in lengths.items()}
    yield "run batch", lambda: list(circuit.compile()(steps=lengths, **both).items())
    yield "run sequences", lambda: list(circuit.compile()(lengths=ends, **both).items())
    yield "evaluate sequences", lambda: list(circuit.unfold(lengths).evaluate(lengths=ends, **both).items())


def arrays(report: Mapping[str, Any], lengths: Mapping[str, int], batch: tuple[int, ...] = ()) -> dict[str, Any]:
    """Return made-up arguments, by the names and shapes that a report tells, always the same by the same name."""
    import numpy as np

    sizes = {"m": 3, "n": 4}
    shapes = {one["name"]: one["shape"] for kind in ("inputs", "parameters", "signals") for one in report[kind]}

    def numbers(name: str, owner: str, *lead: int) -> Any:
        shape = [size if isinstance(size, int) else sizes.get(size, 3) for size in shapes[owner] or ()]
        return np.random.default_rng(zlib.crc32(name.encode())).normal(size=(*batch, *lead, *shape)) * 0.7

    found: dict[str, Any] = {}
    for one in report["inputs"]:
        found[one["name"]] = numbers(one["name"], one["name"], *(lengths.get(axis, 3) for axis in one["axes"]))
    for one in report["parameters"]:
        found[one["name"]] = numbers(one["name"], one["name"])
    for one in report["boundaries"]:
        found[one["argument"]] = numbers(one["argument"], one["name"], *([one["count"]] if one["count"] > 1 else []))
    found |= {name: partial(function, len(name) + ord(name[0])) for name in report["functions"]}
    words = {"steps", "lengths", "state", "sizes"}
    return {f"{name}_" if keyword.iskeyword(name) or name in words else name: one for name, one in found.items()}


def function(number: int, first: Any, *others: Any, **shared: Any) -> Any:
    """Stand for an opaque function: what it gives is shaped as its first argument."""
    import numpy as np

    return np.tanh(first + sum(float(np.mean(value)) for value in (*others, *shared.values())) + number / 8)


def pictured(
    circuit: Circuit, text: str, report: Mapping[str, Any], lengths: Mapping[str, int], number: int
) -> Iterator[Reading]:
    """Yield pictures: scenes of views, by turns, of some circuits also with other options and in every format."""
    data = arrays(report, lengths)

    def scene(steps: Mapping[str, int] | None, **options: Any) -> object:
        drawing = circuit.draw(steps, **options)
        return [drawing.alt_text, drawing.json]

    yield "draw circuit", partial(scene, None, view="circuit")
    yield "draw cut", partial(scene, lengths if number % 2 else None, view="cut")
    view, steps = ("both", "unfolded")[number % 2], lengths if number // 2 % 2 else None
    yield f"draw {view}, {'steps' if steps else 'symbolic'}", partial(scene, steps, view=view)
    if number % 5 == 0:
        drawings: list[Any] = []
        yield "draw", lambda: drawings.append(circuit.draw(lengths)) or drawings[0].alt_text
        for name in PICTURES if drawings else ():
            yield f"draw, {name}", lambda name=name: drawings[0].render(name)  # type: ignore[misc]
        if drawings:
            yield "draw, frames", lambda: [frame.json for frame in drawings[0].frames]
        options = OPTIONS[number // 5 % len(OPTIONS)]
        yield f"draw, {options}", partial(scene, lengths, **options)
        target = f"{circuit.signals[0]}({', '.join('2' * len(lengths))})"
        others: tuple[Reading, ...] = (
            ("draw, many steps", partial(scene, dict.fromkeys(circuit.axes, 40))),
            ("draw, show", partial(scene, dict.fromkeys(circuit.axes, 9), show=dict.fromkeys(circuit.axes, "1-2,8"))),
            ("draw, highlight", partial(scene, lengths, highlight=target)),
            ("draw, values", lambda: circuit.draw(lengths, values=data).json),
            ("draw, command", lambda: told_by_command("draw", text, "-o", "-")),
            ("notebook", lambda: circuit._repr_mimebundle_()),
        )
        yield others[number // 5 % len(others)]
    if number % 10 == 0:
        for view in ("both", "circuit"):
            yield f"draw {view}, operations", partial(scene, None, view=view, detail="operations", layout="own")
        yield "draw, operations, steps", partial(scene, lengths, detail="operations", layout="own")


def told_by_command(*arguments: str) -> str:
    """Return what a command of `python -m unfoldgraph` prints, and how it ends where it fails."""
    out, problems = io.TextIOWrapper(io.BytesIO(), "utf-8", newline=""), io.TextIOWrapper(io.BytesIO(), "utf-8")
    before, sys.argv, sys.stdin = (sys.argv, sys.stdin), ["unfoldgraph", *arguments], io.StringIO()
    code: object = None
    minded = signal.getsignal(signal.SIGINT)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(problems):
            runpy.run_module("unfoldgraph", run_name="__main__")
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv, sys.stdin = before
        signal.signal(signal.SIGINT, minded)
    texts = []
    for stream in (out, problems):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8", "replace"))  # type: ignore[attr-defined]
    return texts[0] + (f"\n{texts[1]}\nended with {code}" if code or texts[1] else "")


def graph_told(graph: Any) -> object:
    """Return the nodes and edges of a graph with all that they know, in their order."""
    return [type(graph).__name__, graph.graph, list(graph.nodes(data=True)), list(graph.edges(data=True))]


# Records ----------------------------------------------------------------------------------------------


class OutOfTimeError(BaseException):
    """A reading takes too long; no handler of exceptions on the way is to take it."""


@dataclass
class Clock:
    """What ends a reading that takes too long: again and again, for where Python can let no exception through."""

    runs: bool = False

    def start(self) -> None:
        """Give what follows so many seconds of processor time."""
        self.runs = True
        signal.setitimer(signal.ITIMER_PROF, CAP, 0.2)

    def stop(self) -> None:
        """Let what follows take its time; a last ring that is under way is not heard."""
        self.runs = False
        signal.setitimer(signal.ITIMER_PROF, 0)

    def ring(self, number: int, frame: FrameType | None) -> None:
        """End what is running."""
        if self.runs:
            raise OutOfTimeError


CLOCK = Clock()


def record(numbered: tuple[int, str], whole: bool) -> str:
    """Return the line of one circuit."""
    number, text = numbered
    found: dict[str, str] = {}
    signal.signal(signal.SIGPROF, CLOCK.ring)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, reading in readings(text, number):
            assert name not in found, name
            is_late = time.process_time() - start > CAP_OF_ALL
            found[name] = TIMEOUT if is_late else told(reading, whole)
            if is_late:
                break
    return json.dumps({"number": number, "text": text, "readings": found})


def told(reading: Callable[[], object], whole: bool) -> str:
    """Return a reading as text, with the warnings it gave; or the exception."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        try:
            try:
                CLOCK.start()
                found = as_text(reading())
            except Exception as error:
                found = f"{type(error).__name__}: {error}"
            finally:
                CLOCK.stop()
        except OutOfTimeError:
            # It may have rung on the way to the stop.
            CLOCK.stop()
            return TIMEOUT
    found += "".join(f"\n{one.category.__name__}: {one.message}" for one in given)
    # An object that has no text of its own would be told by its address.
    assert not re.search(r"object at 0x[0-9a-f]{6}", found), found
    content = found.encode("utf-8", "surrogatepass")
    return found if whole or len(found) <= SPELLED else f"{len(content)} bytes {hashlib.sha256(content).hexdigest()}"


def as_text(value: object) -> str:
    """Return a value as text: arrays with all their digits, bytes as their SHA-256."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return f"{len(value)} bytes {hashlib.sha256(value).hexdigest()}"
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return f"{type(value).__name__}[{', '.join(map(as_text, value))}]"
    if hasattr(value, "dtype"):
        return f"{type(value).__name__} {value.dtype} {value.shape} {value.tolist()!r}"  # type: ignore[attr-defined]
    return repr(value)


def compare(old: Sequence[str], new: Sequence[str], limit: int) -> int:
    """Print how two records differ, and return the exit code: 1 where they do."""
    one, other = ({line["number"]: line for line in map(json.loads, lines)} for lines in (old, new))
    both = sorted(set(one) & set(other))
    equal = differing = late = 0
    for number in both:
        text, before, after = one[number]["text"], one[number]["readings"], other[number]["readings"]
        if text != other[number]["text"]:
            raise SystemExit(f"number {number} is another circuit in either record")
        ended = TIMEOUT in before.values() or TIMEOUT in after.values()
        late += ended
        for name in dict.fromkeys([*before, *after]):
            was, now = before.get(name, "not there"), after.get(name, "not there")
            if was == now:
                equal += was != TIMEOUT
            elif TIMEOUT not in (was, now) and (not ended or (name in before and name in after)):
                differing += 1
                if differing <= limit:
                    print(f"circuit {number}, {name}:\n  was {was}\n  now {now}\n{text}\n")
    if not both:
        raise SystemExit("the records have no circuit in common")
    print(
        f"{equal} readings of {len(both)} circuits are equal, {differing} differ; {late} circuits took too long in part"
    )
    if len(both) < max(len(one), len(other)):
        print(f"only one record has the other {len(set(one) ^ set(other))} circuits")
    return 1 if differing else 0


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("make", help="make circuits")
    one.add_argument("count", type=int)
    one.add_argument("-o", "--output", type=Path, required=True)
    one = commands.add_parser("record", help="record all their readings")
    one.add_argument("circuits", type=Path)
    one.add_argument("-o", "--output", type=Path, required=True)
    one.add_argument("--jobs", type=int, default=2)
    one.add_argument("--first", type=int, help="only so many circuits")
    one.add_argument("--only", type=int, nargs="*", help="only the circuits of these numbers")
    one.add_argument("--whole", action="store_true", help="spell out long readings")
    one = commands.add_parser("compare", help="compare two records")
    one.add_argument("old", type=Path)
    one.add_argument("new", type=Path)
    one.add_argument("--limit", type=int, default=20, help="print so many differences")
    options = parser.parse_args()
    if options.command == "compare":
        return compare(options.old.read_text().splitlines(), options.new.read_text().splitlines(), options.limit)
    print(f"the package is {unfoldgraph.__file__}", file=sys.stderr)
    start = time.monotonic()
    if options.command == "make":
        texts = make(options.count)
        options.output.write_text(json.dumps(texts, indent=1))
        print(f"{len(texts)} circuits in {time.monotonic() - start:.0f} s", file=sys.stderr)
        return 0
    numbered = list(enumerate(json.loads(options.circuits.read_text())))[: options.first]
    numbered = [one for one in numbered if options.only is None or one[0] in options.only]
    # An executor, not a pool: where a process dies a pool waits for its circuit for ever.
    with ProcessPoolExecutor(options.jobs) as processes, options.output.open("w") as file:
        count = 0
        for line in processes.map(partial(record, whole=options.whole), numbered):
            file.write(f"{line}\n")
            count += len(json.loads(line)["readings"])
    print(f"{count} readings of {len(numbered)} circuits in {time.monotonic() - start:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
