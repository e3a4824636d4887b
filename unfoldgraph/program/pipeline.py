"""From a schedule to a module: what is done with a program, in order, each stage for its own reason."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from unfoldgraph.base.affine import length_name, size_name
from unfoldgraph.base.boxes import union, volume
from unfoldgraph.base.errors import require_within
from unfoldgraph.base.limits import UNROLLED_STATEMENTS
from unfoldgraph.model.regions import domains
from unfoldgraph.program.ir import Kernel, Make, Variant
from unfoldgraph.program.lower import lower
from unfoldgraph.program.names import Names
from unfoldgraph.program.passes.columns import columns, has_products
from unfoldgraph.program.passes.contract import contract
from unfoldgraph.program.passes.ends import ends
from unfoldgraph.program.passes.floats import floats
from unfoldgraph.program.passes.gates import gates
from unfoldgraph.program.passes.hoist import hoist
from unfoldgraph.program.passes.in_place import are_in_place, are_of_numbers, in_place
from unfoldgraph.program.passes.latest import latest
from unfoldgraph.program.passes.lattices.fronts import fronts
from unfoldgraph.program.passes.lattices.lines import lines
from unfoldgraph.program.passes.lattices.scans import scans
from unfoldgraph.program.passes.layout import can_be_in_columns, in_columns
from unfoldgraph.program.passes.linear.recurrences import recurrences
from unfoldgraph.program.passes.pieces import in_pieces, is_worth_while, parted
from unfoldgraph.program.passes.ranges import ranges
from unfoldgraph.program.passes.unused import unused
from unfoldgraph.program.python_text.lines import lines as lines_of
from unfoldgraph.program.python_text.nodes import Blank, assign, function, name, names_used, parameters, tuple_of
from unfoldgraph.program.python_text.prose import equation, steps_in_words
from unfoldgraph.program.python_text.words import Words, words_of
from unfoldgraph.program.schedule import Schedule
from unfoldgraph.program.signature import Signature, make_signature
from unfoldgraph.program.targets.numba_statements import loop_kernel
from unfoldgraph.program.targets.numpy_names import Called
from unfoldgraph.program.targets.numpy_statements import Comments, statements_of
from unfoldgraph.program.wrapper.around_kernel import function_around_kernel
from unfoldgraph.program.wrapper.function import Branch, function_around
from unfoldgraph.program.wrapper.module_text import ModuleText, compiled_text, module_text
from unfoldgraph.program.wrapper.piecewise import piecewise

Pass = Callable[[Kernel], Kernel]

PLAIN: tuple[Pass, ...] = (
    # What loops make sure of is no `min` and no `max` in them.
    ends,
    # One product over all steps instead of one a step; what is left in a loop is what really is a recurrence.
    hoist,
    # A sum over a range is a loop over it, or a product of slices, however long the range is.
    ranges,
)
"""The passes of the textbook style, in order."""

LINEAR: tuple[Pass, ...] = (
    ends,
    # A linear recurrence is computed by a function for all steps at once, and no loop is left.
    recurrences,
    # What is the least or the greatest so far along an axis is no loop over it.
    scans,
)
"""The passes of the fast style that all its variants begin with."""

IN_ROWS: tuple[Pass, ...] = (
    # What is not returned keeps no more than what is read back.
    contract,
    hoist,
    ranges,
    # A wavefront of two axes is a slice, without arrays of indices.
    lines,
)
"""Those of the variant for any call, in order."""

LOOPS: tuple[Pass, ...] = (
    ends,
    # What is not returned keeps no more than what is read back.
    contract,
    # One operation waits for the last value, and not a whole sum.
    latest,
    # The places of a wavefront lie side by side, and no more fronts are kept than are read back.
    fronts,
)
"""The passes of loops over numbers, in order."""

IN_COLUMNS: tuple[Pass, ...] = (
    contract,
    # A product with a gate is a quotient by what its exponential gives.
    gates,
    hoist,
    ranges,
    # A turn of a loop makes no new arrays.
    in_place,
    unused,
)
"""Those of the variant in which the sequences stand last, in order, after `columns`."""


@dataclass(frozen=True)
class Module:
    """A generated module.

    Attributes
    ----------
    text : its text.
    signature : what its function takes and returns.
    """

    text: ModuleText
    signature: Signature

    @cached_property
    def source(self) -> str:
        """The whole text."""
        return str(self.text)

    @cached_property
    def arguments(self) -> dict[str, str]:
        """What the function calls each array and function, by the circuit's own name."""
        return {argument.name: self.signature.public[argument.name] for argument in self.signature.arguments}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Those of the arguments that have no default, by the circuit's own names."""
        return tuple(argument.name for argument in self.signature.required)

    @cached_property
    def outputs(self) -> dict[str, str]:
        """What the results are called, by the circuit's own name."""
        return {name: self.signature.public[name] for name in self.signature.schedule.outputs}


def kernel_of(
    schedule: Schedule, passes: tuple[Pass, ...] = PLAIN, between: Callable[[Kernel], object] | None = None
) -> Kernel:
    """Return the loop program of a schedule, after some passes.

    `between` is called with what is lowered, and with what each pass makes of it: that `check` finds no rule broken is
    for tests to see, for it takes longer than all the rest.
    """
    kernel = lower(schedule)
    if between is not None:
        between(kernel)
    return _passed(kernel, passes, between)


def _passed(kernel: Kernel, passes: tuple[Pass, ...], between: Callable[[Kernel], object] | None) -> Kernel:
    for one in passes:
        kernel = one(kernel)
        if between is not None:
            between(kernel)
    return kernel


def variants_of(schedule: Schedule, between: Callable[[Kernel], object] | None = None) -> tuple[Variant, ...]:
    """Return the loop programs of the fast style: the first of which holds what it asks for is the one to run."""
    linear = kernel_of(schedule, LINEAR, between)
    in_rows = _passed(linear, IN_ROWS, between)
    found = [Variant("always", in_rows)]
    # Without an array there is one sequence.
    moved = _moved(schedule, linear, between) if linear.arguments else None
    if moved is not None:
        found = [moved] if moved.holds == "always" else [moved, *found]
    numbers = floats(in_rows)
    if numbers is not in_rows:
        found.insert(0, Variant("one", numbers))
    return tuple(found)


def _moved(schedule: Schedule, linear: Kernel, between: Callable[[Kernel], object] | None) -> Variant | None:
    """Return the variant in columns; None where it would gain nothing, or can't be."""
    shared = frozenset(schedule.model.parameters)
    made = in_columns(linear, shared) if can_be_in_columns(linear, shared) else linear
    if made is not linear and has_products(made, shared):
        # What is not kept, or ends early, is computed a piece of the steps after the other.
        going_on = in_pieces(made, shared)
        if going_on is not None:
            kernel = _in_place(columns(going_on[0], shared), between)
            if are_in_place(kernel) and is_worth_while(kernel):
                arguments = tuple(one for one in kernel.arguments if one.name in shared)
                return Variant("shared" if arguments else "always", kernel, arguments, True, going_on[1])
        made = columns(made, shared)
    else:
        # Without a product in a loop what all share are matrices alone, and each sequence may have its own numbers.
        shared = frozenset(name for name in shared if len(schedule.model.shapes[name] or ()) > 1)
        if not can_be_in_columns(linear, shared):
            return None
        made = in_columns(linear, shared)
    kernel = _in_place(made, between)
    if not are_in_place(kernel):
        return None
    arguments = tuple(one for one in kernel.arguments if one.name in shared)
    if not arguments and are_of_numbers(kernel):
        # One sequence of single numbers is faster without arrays of one.
        return Variant("several", kernel, in_columns=True)
    return Variant("shared" if arguments else "always", kernel, arguments, in_columns=True)


def _in_place(kernel: Kernel, between: Callable[[Kernel], object] | None) -> Kernel:
    """Return a kernel in columns after its passes."""
    if between is not None:
        between(kernel)
    return _passed(kernel, IN_COLUMNS, between)


def generate(
    schedule: Schedule, counts: Mapping[str, int] | None, plain: bool = False, target: str = "numpy"
) -> Module:
    """Return the module of a schedule, for any number of steps or, straight-line, for exactly `counts` of each axis.

    Straight-line code has one style, the plain one, and one target, NumPy; the loops for Numba have one style.
    """
    if target == "numba":
        return _generate_loops(schedule)
    model = schedule.model
    # A circuit without axes has no steps to write out.
    told_steps = steps_in_words({axis: counts[axis] for axis in model.own_axes}) if counts else ""
    if counts:
        require_within(
            _written_out(schedule, counts),
            UNROLLED_STATEMENTS,
            f"the straight-line program of {told_steps} has {{}} statements",
            "without a number of steps, on the command line without --steps, a loop computes any number of them",
        )
    variants = (Variant("always", kernel_of(schedule)),) if plain or counts else variants_of(schedule)
    names = Names()
    signature = make_signature(schedule, counts, names)
    words = words_of(names, signature.has_batch)
    if not signature.has_batch:
        # Without an array there is one sequence in any case.
        variants = tuple(replace(one, holds="always") for one in variants if one.holds == "one") or variants
    variants = variants[: 1 + next(at for at, one in enumerate(variants) if one.holds == "always")]
    told = Comments(
        equations={number: equation(model.statements[number]) for number in schedule.members}, steps=told_steps
    )
    lengths = {length_name(axis): counts[axis] for axis in model.own_axes} if counts else {}
    # The indices of loops are the circuit's names too: what is outside goes by another where one hides it.
    indices = {axis: names.claim(axis) for axis in model.axes}
    branches = []
    for variant in variants:
        own = words
        if variant.in_columns:
            own = words.with_batch(names.claim_numbered("sequences"))
        elif variant.holds == "one":
            own = words.of_one
        called = _called(signature, names.copy(), indices, own)
        if variant.pieces is None:
            branches.append(Branch(variant, own, statements_of(variant.kernel, called, told, lengths)))
            continue
        alike, others = parted(variant.kernel)
        made = tuple(one.buffer for one in alike if isinstance(one, Make))
        once = statements_of(replace(variant.kernel, body=alike, results=()), called, told, lengths)
        some = replace(variant.kernel, body=others, arguments=(*variant.kernel.arguments, *made))
        piece = statements_of(some, called, told, lengths)
        ends = [called.buffer(end) for end in variant.pieces.ends]
        branches.append(piecewise(signature, variant, own, once, piece, called.names.claim("some_steps"), ends))
    function = function_around(signature, words, branches)
    return Module(module_text(model, words, function), signature)


def _generate_loops(schedule: Schedule) -> Module:
    """Return the module of a schedule for Numba."""
    model = schedule.model
    names = Names()
    signature = make_signature(schedule, None, names)
    words = words_of(names, signature.has_batch)
    indices = {axis: names.claim(axis) for axis in model.axes}
    sequences = names.claim_numbered("sequences")
    told = {number: equation(model.statements[number]) for number in schedule.members}
    kernel = loop_kernel(kernel_of(schedule, LOOPS), _called(signature, names.copy(), indices, words), told)
    function = function_around_kernel(signature, words, sequences, kernel)
    return Module(module_text(model, words, function, compiled_text(words, kernel.definition)), signature)


@dataclass(frozen=True)
class StepFunction:
    """The statements of a circuit without axes as a function of its arrays, which checks nothing.

    Attributes
    ----------
    source : its text.
    name : what it is called.
    arrays, sizes : what it takes, in order, by the circuit's own names; then come the dimensions of the batch, and the
        floating type.
    """

    source: str
    name: str
    arrays: tuple[str, ...]
    sizes: tuple[str, ...]


def generate_step(schedule: Schedule) -> StepFunction:
    """Return the statements of a circuit without axes as a function; it returns the outputs, in order.

    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> print(generate_step(schedule_of(read("h = tanh(W @ h_1 + b); h_1 : m; W : (m, m)"), None)).source)
    def step(W, h_1, b, batch, dtype):
    <BLANKLINE>
        # h = tanh(W @ h_1 + b)
        h = np.tanh(_apply(W, h_1) + b)
    <BLANKLINE>
        return (h,)
    """
    names = Names()
    signature = make_signature(schedule, None, names)
    words = words_of(names, signature.has_batch)
    told = Comments({number: equation(schedule.model.statements[number]) for number in schedule.members})
    work = statements_of(kernel_of(schedule), _called(signature, names.copy(), {}, words), told, {})
    used = names_used(work)
    arrays = [one.name for one in signature.arguments]
    sizes = [own for own, called in signature.sizes.items() if called in used]
    taken = [*(signature.public[one] for one in arrays), *(signature.sizes[one] for one in sizes)]
    taken += [words["batch"], words["dtype"]]
    called = names.claim("step")
    results = tuple_of(*(name(signature.public[one]) for one in schedule.outputs))
    definition = function(called, parameters(*taken), [*work, Blank(), ast.Return(results)])
    aliases = [assign(name(alias), name(word)) for word, alias in words.hidden.items() if alias in used]
    source = "\n".join(lines_of([*aliases, definition]))
    return StepFunction(source, called, tuple(arrays), tuple(sizes))


def _called(signature: Signature, names: Names, indices: Mapping[str, str], words: Words) -> Called:
    """Return what a function calls things: what has the circuit's names first, then what is outside."""
    model = signature.schedule.model
    lengths = {length_name(axis): signature.lengths[axis] for axis in model.own_axes}
    sizes = {size_name(one): called for one, called in signature.sizes.items()}
    return Called(
        names=names,
        buffers=dict(signature.public),
        sizes={**lengths, **sizes},
        indices=dict(indices),
        words=words,
        axes=model.axes,
    )


def _written_out(schedule: Schedule, counts: Mapping[str, int]) -> int:
    """Return how many values are computed one by one where all turns of the loops are written out."""
    model = schedule.model
    found = 0
    for number, domain in enumerate(domains(model.statements, model.axes_by_name, counts)):
        axes = {axis for level in schedule.levels.get(number, ()) for axis in level.vector}
        if axes:
            own = model.axes_of(model.statements[number].name)
            # An axis that is computed all at once counts as one place.
            sides = (
                tuple(side if axis in axes else (0, 0) for side, axis in zip(box, own, strict=True)) for box in domain
            )
            found += volume(union(sides))
    return found
