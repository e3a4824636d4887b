"""A generated function around its computing: what it checks and finds out, how arrays come in, and what it returns.

What is found out is only what is used: it is written last, around the statements that compute.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import reduce

from unfoldgraph.algebra.expression import sum_of_entry
from unfoldgraph.algebra.notation import read_text, shown
from unfoldgraph.algebra.shapes import Size
from unfoldgraph.base.affine import Affine, length, plain_name, size, whole
from unfoldgraph.model.regions import Asked, lengths_asked
from unfoldgraph.program.ir import Array, Buffer, Dim, Variant, has_sequences
from unfoldgraph.program.python_text.expressions import expression_text
from unfoldgraph.program.python_text.nodes import (
    Beside,
    Blank,
    Comment,
    Docstring,
    assign,
    binary,
    call,
    compared,
    constant,
    dict_of,
    function,
    item,
    joined,
    list_of,
    name,
    names_used,
    plus,
    slice_of,
    starred,
    tuple_of,
    unary,
)
from unfoldgraph.program.python_text.prose import first_place
from unfoldgraph.program.python_text.words import Words
from unfoldgraph.program.schedule import in_order, winners
from unfoldgraph.program.signature import FunctionArgument, Signature
from unfoldgraph.program.statement_shapes import Derived, Least

#: How many sizes are found on one line.
_TOGETHER = 3
#: What the lengths of axes and the sizes of values are called.
_NamedNumbers = Mapping[Affine, ast.expr]


@dataclass(frozen=True, slots=True)
class Branch:
    """What a function computes where something holds.

    Attributes
    ----------
    variant : the kernel, of which only the arguments and the results matter here, and when it is run.
    words : what is called how in it; the batch is one dimension where sequences stand last.
    work : the statements that compute it. Arrays have the names of the signature in them.
    gives : the arrays that these leave, where they are not the results of the kernel with all their room.
    """

    variant: Variant
    words: Words
    work: Sequence[ast.stmt]
    gives: tuple[Array, ...] | None = None

    @property
    def results(self) -> tuple[Array, ...]:
        """The arrays that are returned."""
        return self.variant.kernel.results if self.gives is None else self.gives

    @property
    def cuts_off(self) -> bool:
        """Whether it computes no more of a sequence than there is, where lengths are given."""
        return self.variant.pieces is not None

    @property
    def is_in_columns(self) -> bool:
        """Whether the sequences stand last in its arrays."""
        return self.variant.in_columns


def function_around(signature: Signature, words: Words, branches: Sequence[Branch]) -> ast.stmt:
    r"""Return the function that a module is for.

    Parameters
    ----------
    signature : what it takes and returns.
    words : what it calls what is not the circuit's.
    branches : what it computes; the first that holds is run, and the last always holds.

    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.names import Names
    >>> from unfoldgraph.program.python_text.lines import lines
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> from unfoldgraph.program.signature import make_signature
    >>> from unfoldgraph.program.python_text.words import words_of
    >>> schedule, names = schedule_of(read("o = a + 1"), None), Names()
    >>> signature = make_signature(schedule, None, names)
    >>> words = words_of(names, signature.has_batch)
    >>> work = [assign(name("o"), plus(name("a"), 1))]
    >>> function = function_around(signature, words, [Branch(Variant("always", lower(schedule)), words, work)])
    >>> print("\n".join(lines(function.body[1:])))
    arrays, _, batch, dtype = _arrays(a=(a,))
    [a] = arrays
    <BLANKLINE>
    with np.errstate(all="ignore"):
        o = a + 1
    <BLANKLINE>
    return _Result({"o": _for_batch(o, batch, dtype)})
    """
    *others, last = branches
    computing = _computing(signature, words, last)
    has_own_ends = signature.cuts_off and any(branch.cuts_off for branch in branches)
    if others:
        # Each branch leaves its results.
        computing += _left(signature, words, last, has_own_ends)
        for branch in reversed(others):
            own = [*_computing(signature, words, branch), *_left(signature, words, branch, has_own_ends)]
            computing = [ast.If(_holds(signature, words, branch.variant), own, computing)]
    returned = returning(signature, words, None if others else last.results, last.is_in_columns, has_own_ends)
    body: list[ast.stmt] = [Docstring(signature.docstring())]
    if checked := opening(signature, words, [*computing, *returned]):
        body += [*checked, Blank()]
    if computing:
        silent = ast.withitem(call(words.numpy("errstate"), all=constant("ignore")))
        body += [ast.With([silent], computing), Blank()]
    return function(signature.function, signature.head(), [*body, *returned])


def _computing(signature: Signature, words: Words, branch: Branch) -> list[ast.stmt]:
    """Return the statements that compute what a branch does, from the arguments as they come."""
    own = branch.words if branch.variant.holds == "one" else words
    arranging = arranged(signature, own, branch.variant.kernel.arguments, branch.is_in_columns)
    if branch.is_in_columns:
        arranging.insert(0, assign(branch.words.batch, call("_sequences", words.batch)))
    if branch.cuts_off and signature.cuts_off:
        wholes = dict_of({axis: name(signature.lengths[axis]) for axis in _axes_ended(signature)})
        found = call("_batch_and_ends", name("lengths"), wholes, words.batch)
        arranging.insert(0, assign(tuple_of(words.batch, name(words["ends"])), found))
    return [*arranging, *(branch.work if arranging else _begun(branch.work))]


def _left(signature: Signature, words: Words, branch: Branch, has_own_ends: bool) -> list[ast.stmt]:
    """Return the statements that name the results of a branch, cut off where not every branch leaves them whole."""
    own = branch.words if branch.variant.holds == "one" else words
    results = _dict_of_results(signature, own, branch.results, branch.is_in_columns)
    cut = [_cut_off(signature, words)] if has_own_ends and not branch.cuts_off else []
    return [assign(name(words["results"]), results), *cut]


def _holds(signature: Signature, words: Words, variant: Variant) -> ast.expr:
    """Return the condition under which a variant is run."""
    if variant.holds == "one":
        is_double = compared(words.dtype, "is", words.numpy("float64"))
        return joined("and", unary("not", words.batch), is_double)
    if variant.holds == "several":
        return words.batch
    ranks: dict[int, list[ast.expr]] = {}
    for buffer in variant.shared:
        rank = sum(dim.role != "sequences" for dim in buffer.dims)
        ranks.setdefault(rank, []).append(name(signature.public[buffer.name]))
    return joined("and", *(call("_are_shared", constant(rank), *arrays) for rank, arrays in ranks.items()))


def _begun(work: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return statements without the empty lines that they begin with."""
    first = next((at for at, statement in enumerate(work) if not isinstance(statement, Blank)), len(work))
    return list(work[first:])


# Arguments ------------------------------------------------------------------------------------------


def opening(signature: Signature, words: Words, work: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return the statements that check the arguments and define what the work uses.

    Parameters
    ----------
    signature : what the function takes.
    words : what it calls what is not the circuit's.
    work : all that comes after.

    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.names import Names
    >>> from unfoldgraph.program.python_text.lines import lines
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> from unfoldgraph.program.signature import make_signature
    >>> from unfoldgraph.program.python_text.words import words_of
    >>> names = Names()
    >>> signature = make_signature(schedule_of(read("x : m; o = x[2]"), None), None, names)
    >>> for line in lines(opening(signature, words_of(names, has_batch=True), [])):
    ...     print(line)
    arrays, sizes, _, _ = _arrays(x=(x, "m"))
    [x] = arrays
    m = sizes["m"]
    if m < 3:
        raise ValueError(f"x[2]: expected m of at least 3, got {m}")
    """
    late = signature.late
    parting = _by_length(signature, words) if signature.takes_lengths and not signature.cuts_off else []
    # The work is long where it is written out, so it is walked once.
    used = names_used([*parting, *work])
    steps = _steps(signature, words, used)
    shapes = [size for argument in late for size in _expected(signature, argument)]
    sizes = _sizes(signature, words, used | names_used([*steps, *shapes]))
    found = [*steps, *parting, *([] if late else sizes)]
    checks: list[ast.stmt] = []
    for argument in signature.arguments:
        if argument.kind == "function" and argument.needed:
            public = signature.public[argument.name]
            is_other = unary("not", call(words["callable"], name(public)))
            checks.append(_refused(words["TypeError"], is_other, f"{public}: expected a function"))
    if late:
        early = [argument for argument in signature.arrays if argument not in late]
        targets = tuple_of(name("_"), name(words["sizes"]), name("_"), name("_"))
        checks.append(Comment("A number may stand for an array whose size follows from the other arrays."))
        keywords = [ast.keyword(public, shape) for public, shape in _shapes(signature, early).items()]
        checks += [assign(targets, _checked(signature, early, keywords)), *sizes]
    if signature.arrays:
        checks += _check_arrays(signature, words, used | names_used(found))
    return [*checks, *found]


def _check_arrays(signature: Signature, words: Words, used: AbstractSet[str]) -> list[ast.stmt]:
    """Return the check of all arrays, which also tells sizes, batch and type."""
    arrays = signature.arrays
    taken = [signature.public[argument.name] for argument in arrays if argument.needed]
    targets = [words["arrays"] if taken else "_"]
    targets += [words[word] if words[word] in used else "_" for word in ("sizes", "batch", "dtype")]
    shapes = _shapes(signature, arrays)
    keywords = [ast.keyword(public, shape) for public, shape in shapes.items()]
    checks: list[ast.stmt] = []
    if words["given"] in used:
        checks.append(assign(name(words["given"]), dict_of(shapes)))
        keywords = [ast.keyword(None, name(words["given"]))]
    checks.append(assign(tuple_of(*map(name, targets)), _checked(signature, arrays, keywords)))
    if taken:
        target = tuple_of(*map(name, taken)) if len(taken) > 1 else list_of(name(taken[0]))
        checks.append(assign(target, name(words["arrays"])))
    return checks


def _shapes(signature: Signature, arrays: Sequence[FunctionArgument]) -> dict[str, ast.expr]:
    """Return what arrays are called, each with itself and its shape as the check takes them."""
    public = signature.public
    return {public[a.name]: tuple_of(name(public[a.name]), *_expected(signature, a)) for a in arrays}


def _checked(signature: Signature, arrays: Sequence[FunctionArgument], keywords: Sequence[ast.keyword]) -> ast.expr:
    """Return the call that checks arrays; it is told which may be scalars or be left out."""
    public = signature.public
    scalars = [constant(public[a.name]) for a in arrays if signature.may_be_scalar(a)]
    optional = [constant(public[a.name]) for a in arrays if not a.needed]
    marks = [("_scalars", scalars), ("_optional", optional)]
    told = [ast.keyword(word, tuple_of(*names)) for word, names in marks if names]
    return ast.Call(name("_arrays"), [], [*keywords, *told])


def _expected(signature: Signature, argument: FunctionArgument) -> list[ast.expr]:
    """Return the shape of an argument as the check takes it; of what comes late the sizes are known."""
    over = [constant(size) for size in signature.over(argument)]
    if isinstance(argument.places, Affine) and argument in signature.late:
        over = [signature.whole(argument.places)]
    shape = signature.schedule.model.shapes[argument.owner]
    if shape is None:
        return [*over, constant(...)]
    is_late = argument in signature.late
    sizes = [signature.sizes[size] if isinstance(size, str) else size for size in shape]
    return [*over, *(name(size) if is_late and isinstance(size, str) else constant(size) for size in sizes)]


# Lengths --------------------------------------------------------------------------------------------


def _steps(signature: Signature, words: Words, used: AbstractSet[str]) -> list[ast.stmt]:
    """Return the statements that find how long the axes are, and that what is read at fixed places exists."""
    far = _fixed_reads(signature)
    used = used | names_used(condition for condition, _, _ in far)
    taken = signature.takes_steps
    found: list[ast.stmt] = []
    for axis in signature.own_axes:
        length = signature.lengths[axis]
        given = item(name(words["sizes"]), constant(length))
        value: ast.expr
        if axis in taken:
            others = [constant(one) for one in taken if one != axis]
            value = call("_number_of_steps", name("steps"), name("lengths"), constant(axis), *others)
            if axis in signature.lengths_given:
                # An input that is not needed may say it, too.
                value = ast.IfExp(compared(constant(length), "in", name(words["sizes"])), given, value)
        elif length not in used:
            continue
        else:
            value = given if signature.counts is None else constant(signature.counts[axis])
        found.append(assign(name(length), value))
    for condition, told, length in far:
        found.append(_refused(words["ValueError"], condition, f"{told}, got ", name(length)))
    return found


def _fixed_reads(signature: Signature) -> list[tuple[ast.expr, str, str]]:
    """Return the conditions under which a fixed place is read that does not exist.

    With each comes what is said of it then, and the length that is too short.
    """
    schedule = signature.schedule
    model = schedule.model
    needed = {id(model.statements[number]) for number in schedule.members}
    found: dict[tuple[str, str], tuple[ast.expr, str, str]] = {}
    for asked in lengths_asked(model.statements, model.axes_by_name, model.length_of):
        if id(asked.statement) in needed:
            steps = "step" if asked.place == 1 else "steps"
            steps += "" if len(signature.own_axes) == 1 else f" of {shown(asked.axis)}"
            told = f"{read_text(asked.read.name, asked.read.index)} is read: expected at least {asked.place} {steps}"
            condition = _condition(signature, asked)
            found.setdefault((expression_text(condition), told), (condition, told, signature.lengths[asked.axis]))
    return list(found.values())


def _condition(signature: Signature, asked: Asked) -> ast.expr:
    """Return the condition under which a statement gives a value and an axis lacks a place that it reads."""
    model, lengths = signature.schedule.model, signature.lengths
    statement = asked.statement
    here = asked.where.get(asked.axis, 0)
    length = name(lengths[asked.axis])
    if not here:
        conditions = [compared(length, "<", constant(asked.place))]
    else:
        least, relation = (0, ast.Lt()) if here == 1 and not statement.is_pin else (here, ast.LtE())
        conditions = [ast.Compare(constant(least), [relation, ast.Lt()], [length, constant(asked.place)])]
    conditions += [
        compared(name(lengths[axis]), ">=", constant(least))
        for axis, least in asked.where.items()
        if axis != asked.axis and least
    ]
    for other in winners(model, statement):
        pairs = list(zip(statement.index, other.index, model.axes_of(statement.name), strict=True))
        fixed = [(own, at, axis) for own, at, axis in pairs if not at.moves and own != at]
        if not any(own.moves for own, _, _ in fixed):
            # A number and a place from the end are one where the axis is so long.
            conditions.append(_differs([(lengths[axis], abs(own.offset - at.offset)) for own, at, axis in fixed]))
    return joined("and", *conditions)


def _differs(numbers: Sequence[tuple[str, int]]) -> ast.expr:
    """Return the condition that some names are not all the numbers that are given with them."""
    if len(numbers) == 1:
        ((word, number),) = numbers
        return compared(name(word), "!=", constant(number))
    return unary("not", joined("and", *(compared(name(word), "==", constant(number)) for word, number in numbers)))


def _refused(error: str, condition: ast.expr, *told: str | ast.expr) -> ast.stmt:
    """Return the statement that raises an error where a condition holds; it says words and values."""
    parts: list[ast.expr] = []
    for part in told:
        parts.append(ast.Constant(part) if isinstance(part, str) else ast.FormattedValue(part, -1))
    # Words alone need no f-string.
    message = parts[0] if len(parts) == 1 else ast.JoinedStr(parts)
    return ast.If(condition, [ast.Raise(call(error, message))], [])


def _by_length(signature: Signature, words: Words) -> list[ast.stmt]:
    """Return the statement that has sequences of equal lengths computed together."""
    public, lengths = signature.public, signature.lengths
    wholes = {axis: tuple_of(constant(lengths[axis]), name(lengths[axis])) for axis in _axes_ended(signature)}
    given = name(words["given"]) if signature.arrays else dict_of({})
    arguments = [name(signature.function), name("lengths"), dict_of(wholes), given, words.batch]
    others = [public[a.name] for a in signature.arguments if not signature.is_array(a) and a.needed]
    more: dict[str, ast.expr] = {}
    if others:
        more["others"] = dict_of({other: name(other) for other in others})
    if signature.takes_steps:
        more["steps_of"] = tuple_of(*map(constant, signature.takes_steps))
    value = call("_by_length", *arguments, _axes_of_results(signature), **more)
    return [ast.If(compared(name("lengths"), "is not", constant(None)), [ast.Return(value)], [])]


def _axes_ended(signature: Signature) -> list[str]:
    """Return the axes along which sequences may have lengths of their own."""
    return [axis for axis in signature.own_axes if axis in signature.takes_steps or axis in signature.lengths_used]


def _axes_of_results(signature: Signature) -> ast.expr:
    """Return the axes of each result, each as the first of those that share its length."""
    model, public = signature.schedule.model, signature.public
    axes = {name: [model.length_of[axis] for axis in model.axes_of(name)] for name in signature.schedule.outputs}
    return dict_of({public[name]: tuple_of(*map(constant, over)) for name, over in axes.items()})


# Sizes ----------------------------------------------------------------------------------------------


def _sizes(signature: Signature, words: Words, used: AbstractSet[str]) -> list[ast.stmt]:
    """Return the statements that find the sizes, and check what they must satisfy."""
    model = signature.schedule.model
    least: dict[Affine, Least] = {}
    for need in (need for shapes in signature.schedule.shapes.values() for need in shapes.least):
        if need.form not in least or need.least > least[need.form].least:
            least[need.form] = need
    compared_sizes = dict.fromkeys(plain_name(own) for form in least for own, _ in form.terms)
    wanted = [size for size, public in signature.sizes.items() if public in used]
    late = signature.late
    given = {size for a in signature.arrays if a not in late for size in model.shapes[a.owner] or ()}
    derived = _derivations(signature, given, {*wanted, *compared_sizes})
    parts = [size for one in derived for size in (*one.sources, one.size) if isinstance(size, str)]
    known = [signature.sizes[size] for size in dict.fromkeys([*wanted, *compared_sizes, *parts]) if size in given]
    items = [item(name(words["sizes"]), constant(public)) for public in known]
    found: list[ast.stmt] = []
    if 1 < len(known) <= _TOGETHER:
        found.append(assign(tuple_of(*map(name, known)), tuple_of(*items)))
    else:
        found += [assign(name(public), value) for public, value in zip(known, items, strict=True)]
    defined = set(given)
    for one in derived:
        own = _size(signature, one.size)
        value = _computed(signature, words, one)
        if one.size in defined or isinstance(one.size, int):
            told = f"expected {expression_text(own)} = {expression_text(value)} = "
            found.append(_refused(words["ValueError"], compared(own, "!=", value), told, value, ", got ", own))
        else:
            found.append(assign(own, value))
            defined.add(one.size)
    for need in least.values():
        own = _sum(signature, need.form)
        told = f"{need.written}: expected {expression_text(own)} of at least {need.least}, got "
        found.append(_refused(words["ValueError"], compared(own, "<", constant(need.least)), told, own))
    return found


def _derivations(signature: Signature, given: AbstractSet[Size], used: AbstractSet[Size]) -> list[Derived]:
    """Return how the sizes that are used follow from the given ones, and what is to be checked, in order."""
    settled, needed = set(given), set(used)
    found: list[tuple[Derived, bool]] = []
    for one in in_order(signature.schedule.derived, given):
        found.append((one, one.size in settled or isinstance(one.size, int)))
        settled.add(one.size)
    kept = []
    for one, is_check in reversed(found):
        if is_check or one.size in needed:
            kept.append(one)
            needed.update(one.sources, [one.size])
    return kept[::-1]


def _computed(signature: Signature, words: Words, one: Derived) -> ast.expr:
    """Return a size that follows from others."""
    if one.told is not None:
        return _sum(signature, one.told)
    if one.greatest:
        return call(words["max"], *(_sum(signature, form) for form in one.greatest))
    parts = [_size(signature, part) for part in one.parts]
    if one.cut is None:
        return reduce(lambda left, right: binary("+", left, right), parts)
    start, stop = (None if bound is None else _sum(signature, sum_of_entry(bound)) for bound in one.cut)
    if not parts:
        ends = [constant(0) if end is None else end for end in (start, stop)]
        return call(words["len"], call(words["range"], *ends))
    return call(words["len"], item(call(words["range"], parts[0]), slice_of(start, stop)))


def _sum(signature: Signature, form: Affine) -> ast.expr:
    """Return a sum of sizes; what is subtracted stands last."""
    found: ast.expr | None = None
    for own, factor in sorted(form.terms, key=lambda term: term[1] < 0):
        term: ast.expr = name(signature.sizes[plain_name(own)])
        term = term if abs(factor) == 1 else binary("*", constant(abs(factor)), term)
        if found is None:
            found = term if factor > 0 else unary("-", term)
        else:
            found = binary("+" if factor > 0 else "-", found, term)
    return constant(form.constant) if found is None else plus(found, form.constant)


def _size(signature: Signature, size: Size) -> ast.expr:
    return constant(size) if isinstance(size, int) else name(signature.sizes[size])


# Around the computing -------------------------------------------------------------------------------


def arranged(
    signature: Signature, words: Words, arguments: Sequence[Buffer], in_columns: bool = False
) -> list[ast.stmt]:
    """Return the statements that bring arguments into the order of the kernel, the places of axes first.

    What the kernel takes whole for every sequence, or with room off the edges, is an array of its own then.

    Parameters
    ----------
    signature : what the function takes.
    words : what it calls what is not the circuit's.
    arguments : what the kernel takes; the dimensions of each tell how.
    in_columns : whether the sequences stand last, behind the entries of a value.

    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.names import Names
    >>> from unfoldgraph.program.python_text.lines import lines
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> from unfoldgraph.program.signature import make_signature
    >>> from unfoldgraph.program.python_text.words import words_of
    >>> schedule, names = schedule_of(read("x(t) : m; y(t) : (); z(t) = x(t-1) * y(t)"), None), Names()
    >>> signature = make_signature(schedule, None, names)
    >>> for line in lines(arranged(signature, words_of(names, has_batch=True), lower(schedule).arguments)):
    ...     print(line)
    x = _whole(x, 1, batch, before=1)
    y = _time_first(y, 0, batch)
    """
    kinds = {argument.name: argument for argument in signature.arguments}
    # What comes before the first step of an input may ask how many dimensions that has then.
    ordered = sorted(arguments, key=lambda buffer: kinds[buffer.name].kind == "boundary")
    found: list[ast.stmt] = []
    for buffer in ordered:
        value = _arranged(signature, words, buffer, kinds[buffer.name], in_columns)
        if value is not None:
            public = signature.public[buffer.name]
            befores = [dim.before for dim in buffer.dims if dim.role == "axis"]
            made = assign(name(public), value)
            told = first_place(public, buffer.name, befores)
            found.append(Beside(made, told) if told else made)
    return found


def _arranged(
    signature: Signature, words: Words, buffer: Buffer, argument: FunctionArgument, in_columns: bool
) -> ast.expr | None:
    """Return an argument as the kernel takes it; None where that is as it comes."""
    given = name(signature.public[buffer.name])
    axes = [dim for dim in buffer.dims if dim.role == "axis"]
    rank = constant(sum(dim.role == "size" for dim in buffer.dims) if buffer.is_shaped else None)
    is_whole = has_sequences(buffer)
    if not axes and in_columns:
        return call("_in_columns", given, rank, words.batch, axes=constant(0)) if is_whole else None
    if not axes:
        return call("_for_each", given, rank, words.batch) if is_whole else None
    if argument.kind == "boundary" and not buffer.is_shaped and argument.owner in signature.schedule.model.inputs:
        return call("_places", given, name(signature.public[argument.owner]), words.batch)
    room = {
        side: _one_or_all(signature, numbers)
        for side, numbers in (("before", [dim.before for dim in axes]), ("after", [dim.after for dim in axes]))
        if any(numbers)
    }
    several = {"axes": constant(len(axes))} if len(axes) > 1 else {}
    if in_columns:
        # What all sequences share is in the order of the kernel as it comes.
        return call("_in_columns", given, rank, words.batch, **several, **room) if is_whole else None
    if not words.has_batch and not room:
        return None
    if room or is_whole:
        return call("_whole", given, rank, words.batch, **room, **several)
    return call("_time_first", given, rank, words.batch, **several)


def _one_or_all(signature: Signature, numbers: Sequence[int | Affine]) -> ast.expr:
    """Return the number of a single axis, or those of several."""
    found = [signature.whole(whole(0) + one) for one in numbers]
    return found[0] if len(found) == 1 else tuple_of(*found)


def returning(
    signature: Signature,
    words: Words,
    results: Sequence[Array] | None,
    in_columns: bool = False,
    are_cut_off: bool = False,
) -> list[ast.stmt]:
    """Return the statements that return the results, with the batch in front.

    The arrays of the kernel are not copied: none of them may be one of the caller's, or show a part of one.

    Parameters
    ----------
    signature : what the function returns.
    words : what it calls what is not the circuit's.
    results : what the kernel gives; the places off the edges are left out. None where branches have named them.
    in_columns : whether the sequences stand last, behind the entries of a value.
    are_cut_off : whether they are 0 beyond the ends of sequences already.

    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.names import Names
    >>> from unfoldgraph.program.python_text.lines import lines
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> from unfoldgraph.program.signature import make_signature
    >>> from unfoldgraph.program.python_text.words import words_of
    >>> schedule, names = schedule_of(read("s(t) = s(t-1) + x(t+1)"), None), Names()
    >>> signature = make_signature(schedule, None, names)
    >>> for line in lines(returning(signature, words_of(names, has_batch=True), lower(schedule).results)):
    ...     print(line)
    return _Result({"s": _batch_first(s[1:], 0, batch)})
    """
    short = name(words["results"])
    found = short if results is None else _dict_of_results(signature, words, results, in_columns)
    if not signature.cuts_off or are_cut_off:
        return [ast.Return(call("_Result", found))]
    named = [] if results is None else [assign(short, found)]
    return [*named, _cut_off(signature, words), ast.Return(call("_Result", short))]


def _cut_off(signature: Signature, words: Words) -> ast.stmt:
    """Return the statement that cuts off results where sequences have lengths of their own."""
    short = name(words["results"])
    wholes = dict_of({axis: name(signature.lengths[axis]) for axis in _axes_ended(signature)})
    cut = call("_cut_off", short, name("lengths"), wholes, words.batch, _axes_of_results(signature))
    told = Comment("What comes after the end of a sequence changes nothing before it.")
    return ast.If(compared(name("lengths"), "is not", constant(None)), [told, assign(short, cut)], [])


def _dict_of_results(
    signature: Signature, words: Words, results: Sequence[Array], in_columns: bool = False
) -> ast.expr:
    """Return the results by name, with the batch in front."""
    numbers = _named_numbers(signature)
    return dict_of({signature.public[a.name]: _returned(signature, words, a, numbers, in_columns) for a in results})


def _named_numbers(signature: Signature) -> _NamedNumbers:
    """Return what the lengths of axes and the sizes of values are called."""
    counts = signature.counts or {}
    numbers = {
        length(axis): constant(counts[axis]) if axis in counts else name(own) for axis, own in signature.lengths.items()
    }
    return numbers | {size(one): name(own) for one, own in signature.sizes.items()}


def without_edges(signature: Signature, array: Array) -> ast.expr:
    """Return an array of a kernel without the places of its axes that are off their edges.

    >>> from unfoldgraph.language.text import read
    >>> from unfoldgraph.program.lower import lower
    >>> from unfoldgraph.program.names import Names
    >>> from unfoldgraph.program.schedule import schedule_of
    >>> from unfoldgraph.program.signature import make_signature
    >>> schedule = schedule_of(read("s(t) = s(t-1) + x(t)"), None)
    >>> ast.unparse(without_edges(make_signature(schedule, None, Names()), lower(schedule).results[0]))
    's[1:]'
    """
    numbers = _named_numbers(signature)
    places = [_inside(signature, dim, numbers) for dim in array.dims if dim.role == "axis"]
    while places and places[-1] is None:
        places.pop()
    slices = [slice_of() if place is None else place for place in places]
    whole = name(signature.public[array.name])
    return item(whole, *slices) if slices else whole


def _returned(signature: Signature, words: Words, array: Array, numbers: _NamedNumbers, in_columns: bool) -> ast.expr:
    """Return a result with the batch in front, its places off the edges left out."""
    public = signature.public[array.name]
    axes = [dim for dim in array.dims if dim.role == "axis"]
    sizes = [_number(dim.extent, numbers) for dim in array.dims if dim.role == "size"]
    is_shaped = not isinstance(array, Buffer) or array.is_shaped
    if not axes:
        if not is_shaped:
            return call("_of_any_shape", name(public), words.batch)
        if in_columns and has_sequences(array):
            return call("_out_of_columns", name(public), constant(len(sizes)), words.batch, axes=constant(0))
        return call("_for_batch", name(public), _for_every_sequence(signature, words, sizes), words.dtype)
    if not is_shaped:
        places = [_inside(signature, dim, numbers) for dim in axes]
        lengths = [tuple_of(*(_number(dim.extent, numbers) for dim in axes))] if len(axes) > 1 else []
        return call("_stacked", _rows(name(public), places), words.batch, words.dtype, *lengths)
    whole = without_edges(signature, array)
    if not words.has_batch:
        return whole
    several = {"axes": constant(len(axes))} if len(axes) > 1 else {}
    return call(
        "_out_of_columns" if in_columns else "_batch_first", whole, constant(len(sizes)), words.batch, **several
    )


def _inside(signature: Signature, dim: Dim, numbers: _NamedNumbers) -> ast.expr | None:
    """Return the slice of the places of an axis that are not off its edges; None where none is."""
    if not dim.before and not dim.after:
        return None
    before = signature.whole(whole(0) + dim.before)
    length = _number(dim.extent, numbers)
    last = plus(length, dim.before) if isinstance(dim.before, int) else binary("+", length, before)
    return slice_of(before if dim.before else None, last if dim.after else None)


def _rows(whole: ast.expr, places: Sequence[ast.expr | None]) -> ast.expr:
    """Return the places of lists of lists that are not off an edge; it calls itself once per axis."""
    first, *others = places
    kept = whole if first is None else item(whole, first)
    if all(place is None for place in others):
        return kept
    return ast.ListComp(_rows(name("row"), others), [ast.comprehension(name("row"), kept, [], 0)])


def _for_every_sequence(signature: Signature, words: Words, sizes: Sequence[ast.expr]) -> ast.expr:
    """Return the shape of what holds a value for every sequence."""
    if not sizes:
        return words.batch
    return tuple_of(starred(words.batch), *sizes) if signature.has_batch else tuple_of(*sizes)


def _number(at: Affine, numbers: _NamedNumbers) -> ast.expr:
    """Return the length of an axis, or the size of a value."""
    return numbers[at] if at in numbers else constant(at.number({}))
