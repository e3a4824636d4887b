"""What a generated function does first: check its arguments, find the sizes, the batch and the number of steps.

It is written last, when it is known what the rest of the function uses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from unfoldgraph.notation import read_text
from unfoldgraph.program.forms import Least, Total
from unfoldgraph.program.lines import WIDTH, Block, identifiers, tuple_text, wrapped
from unfoldgraph.program.signature import Argument, Signature
from unfoldgraph.program.source import Writer


def write_opening(signature: Signature, writer: Writer, work: Sequence[str]) -> list[str]:
    """Return the lines that check the arguments and define what the lines of the work use."""
    words = writer.words
    found = Block()
    _find_steps(found, signature, words, identifiers(work))
    _find_sizes(found, signature, words, identifiers([*found.lines, *work]))
    used = identifiers([*found.lines, *work])
    block = Block()
    for argument in signature.arguments:
        if argument.kind == "function" and argument.needed:
            name = signature.public[argument.name]
            with block.indented(f"if not {words['callable']}({name}):"):
                block.add(f'raise {words["TypeError"]}("{name}: expected a function")')
    if signature.arrays:
        _check_arrays(block, signature, words, used)
    return [*block.lines, *found.lines]


def _check_arrays(block: Block, signature: Signature, words: Mapping[str, str], used: AbstractSet[str]) -> None:
    public, arrays = signature.public, signature.arrays
    taken = [public[argument.name] for argument in arrays if argument.needed]
    results = [words["arrays"] if taken else "_"]
    results += [words[word] if words[word] in used else "_" for word in ("sizes", "batch", "dtype")]
    given = [
        f"{public[argument.name]}={tuple_text([public[argument.name], *_expected(signature, argument)])}"
        for argument in arrays
    ]
    scalars = [f'"{public[a.name]}"' for a in arrays if a.needed and signature.may_be_scalar(a)]
    optional = [f'"{public[a.name]}"' for a in arrays if not a.needed]
    given += [f"_scalars={tuple_text(scalars)}"] if scalars else []
    given += [f"_optional={tuple_text(optional)}"] if optional else []
    block.add(f"{', '.join(results)} = _arrays({', '.join(given)})")
    if not taken:
        return
    targets = ", ".join(taken) if len(taken) > 1 else f"[{taken[0]}]"
    line = f"{targets} = {words['arrays']}"
    if len(line) <= WIDTH - 4:
        block.add(line)
    else:
        block.add("[")
        block.lines += wrapped(", ".join(taken) + ",", "        ", "        ")
        block.add(f"] = {words['arrays']}")


def _expected(signature: Signature, argument: Argument) -> list[str]:
    """Return the shape of an argument as the generated check takes it."""
    over = [f'"{argument.over}"' if argument.over == "steps" else argument.over] if argument.over else []
    shape = signature.plan.model.shapes[argument.owner]
    if shape is None:
        return [*over, "..."]
    return [*over, *(f'"{signature.sizes[size]}"' if isinstance(size, str) else str(size) for size in shape)]


def _find_steps(block: Block, signature: Signature, words: Mapping[str, str], used: AbstractSet[str]) -> None:
    far = _fixed_reads(signature)
    if signature.takes_steps:
        given = any(argument.kind == "input" for argument in signature.arrays)
        steps = f'{words["sizes"]}.get("steps", steps)' if given else "steps"
        block.add(f"steps = _number_of_steps({steps})")
    elif far or {"steps", words["step"]} & used:
        block.add(f'steps = {words["sizes"]}["steps"]' if signature.count is None else f"steps = {signature.count}")
    for condition, place, written in far:
        with block.indented(f"if {condition}:"):
            told = f"{written} is read: expected at least {place} steps, got {{steps}}"
            block.add(f'raise {words["ValueError"]}(f"{told}")')
    if words["step"] in used:
        numbers = f"np.arange(1, steps + 1, dtype={words['dtype']})"
        shape = f".reshape(steps, *[1] * {words['len']}({words['batch']}))" if signature.has_batch else ""
        block.add(f"{words['step']} = {numbers}{shape}  # the number of each step")


def _fixed_reads(signature: Signature) -> list[tuple[str, int, str]]:
    """Return the conditions under which a fixed place is read that does not exist."""
    statements = signature.plan.model.statements
    found: dict[tuple[str, int, str], None] = {}
    for component in signature.plan.components:
        for statement in (statements[number] for number in component.members):
            for read in statement.reads:
                at = read.index[0] if read.index else None
                if at is None or at.base != "" or at.offset < 1:
                    continue
                low = "0 < " if statement.axes or statement.is_boundary else ""
                if statement.is_pin and statement.place:
                    if statement.place[0] >= at.offset:
                        continue
                    low = f"{statement.place[0]} <= "
                condition = f"{low}steps < {at.offset}"
                found[condition, at.offset, read_text(read.name, read.index)] = None
    return list(found)


def _find_sizes(block: Block, signature: Signature, words: Mapping[str, str], used: AbstractSet[str]) -> None:
    """Write what the sizes are, and what they must satisfy."""
    all_forms = signature.plan.forms.values()
    totals = {total.size: total for forms in all_forms for total in forms.totals}
    least: dict[str, Least] = {}
    for need in (need for forms in all_forms for need in forms.least):
        if need.size not in least or need.least > least[need.size].least:
            least[need.size] = need
    parts = [part for total in totals.values() for part in (*total.parts, total.size) if isinstance(part, str)]
    wanted = [size for size, name in signature.sizes.items() if name in used]
    shapes = (signature.plan.model.shapes[a.owner] for a in signature.arguments if a.kind != "function")
    given = {size for shape in shapes for size in shape or ()}
    known = [size for size in dict.fromkeys([*wanted, *least, *parts]) if size in given]
    names = [signature.sizes[size] for size in known]
    keys = [f'{words["sizes"]}["{name}"]' for name in names]
    line = f"{', '.join(names)} = {', '.join(keys)}"
    if known and len(line) <= WIDTH - 4:
        block.add(line)
    else:
        for name, key in zip(names, keys, strict=True):
            block.add(f"{name} = {key}")
    _add_up(block, signature, words, list(totals.values()), known)
    for need in least.values():
        name = signature.sizes[need.size]
        written = need.written.replace("{", "").replace("}", "")
        with block.indented(f"if {name} < {need.least}:"):
            told = f"{written}: expected {name} of at least {need.least}, got {{{name}}}"
            block.add(f'raise {words["ValueError"]}(f"{told}")')


def _add_up(
    block: Block, signature: Signature, words: Mapping[str, str], waiting: list[Total], given: Sequence[str]
) -> None:
    """Write the sizes that are the sum of others, and check those that the arrays give as well."""
    known = set(given)
    while ready := [t for t in waiting if all(isinstance(part, int) or part in known for part in t.parts)]:
        total = ready[0]
        waiting.remove(total)
        name = signature.sizes[total.size]
        parts = " + ".join(str(signature.sizes.get(str(part), part)) for part in total.parts)
        if total.size in known:
            with block.indented(f"if {name} != {parts}:"):
                told = f"expected {name} = {parts} = {{{parts}}}, got {{{name}}}"
                block.add(f'raise {words["ValueError"]}(f"{told}")')
        else:
            block.add(f"{name} = {parts}")
            known.add(total.size)
