"""Texts of circuits with ranges, conditions, pins, diagonals and places that are sums or computed; all are scalars."""

from __future__ import annotations

from hypothesis import strategies as st

_OFFSETS = st.integers(-2, 2)
_WHERE = st.sampled_from(["", "", " for t in 2..end", " for t in 1..2", " for t in M..end", " for t in 1..end-2"])


def _plus(name: str, offset: int) -> str:
    return name if offset == 0 else f"{name}{'+' if offset > 0 else '-'}{abs(offset)}"


@st.composite
def _places(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    """Return a place of an input, by some indices in scope."""
    name, other = draw(st.sampled_from(names)), draw(st.sampled_from(names))
    by = draw(_OFFSETS)
    forms = [
        _plus(name, by), _plus(name, by), _plus(f"2*{name}", by), f"end+1-{name}", _plus(f"{name}-{other}", by),
        _plus(f"{name}+{other}", by), f"floor(({_plus(name, by)})/2)", f"{name} % 3 + 1", f"min({_plus(name, by)}, 3)",
        f"max({other}, {_plus(name, by)})", str(by + 1), _plus("end", by), f"{name} - x({other})",
    ]  # fmt: skip
    return draw(st.sampled_from(forms))


@st.composite
def _conditions(draw: st.DrawFn, names: tuple[str, ...], axis: str) -> str:
    name, other = draw(st.sampled_from(names)), draw(st.sampled_from(names))
    by = draw(_OFFSETS)
    sign = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
    right = draw(st.sampled_from([str(by + 2), f"end({axis})", _plus(other, by)]))
    first = f"{name} {sign} {right}"
    forms = [first, first, f"{name} % 2 == 0", f"not {first}", f"x({name}) > 0", f"{first} and x({name}) > 0"]
    forms += [f"{first} or {other} > 2", f"{first} and {other} != 2"]
    return draw(st.sampled_from(forms))


@st.composite
def _ranges(draw: st.DrawFn, names: tuple[str, ...], axis: str) -> str:
    name = names[0]
    low, high = draw(_OFFSETS), draw(_OFFSETS)
    low, high = min(low, high), max(low, high)
    ends = [
        f"{low}..{high}", f"1..{_plus(name, low)}", f"{_plus(name, low)}..end({axis})",
        f"{_plus(name, low)}..{_plus(name, high)}", f"1..end({axis})", f"{high}..end({axis})-{name}",
    ]  # fmt: skip
    return draw(st.sampled_from(ends))


@st.composite
def _entries(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    """Return an entry of the vector b : M or the matrix A : (M, K), by some indices in scope or by values."""
    name, other = draw(st.sampled_from(names)), draw(st.sampled_from(names))
    at = draw(st.sampled_from([name, f"{name}-1", f"{name}+1", f"M-1-{name}", f"x({name})", f"2*{name}-2", "0"]))
    behind = draw(st.sampled_from([f"{other}-1", f"x({other})", f"K-{other}", "0"]))
    forms = [f"b[{at}]", f"b[{at}]", f"A[{at}, {behind}]", f"A[{at}][{behind}]", f"A[:, {behind}][{at}]"]
    return draw(st.sampled_from(forms))


@st.composite
def _parts(draw: st.DrawFn, names: tuple[str, ...], axis: str, depth: int = 0, has_arrays: bool = False) -> str:
    """Return a part of a right side; with arrays it may have entries, and reductions over a whole axis."""
    kind = draw(st.integers(0, 5 if depth < 2 else 1))
    if has_arrays and draw(st.integers(0, 3)) == 0:
        return f"{draw(_entries(names))} * x({draw(_places(names))})"
    if kind <= 1:
        return f"x({draw(_places(names))})"
    if kind == 2:
        condition = draw(_conditions(names, axis))
        one, other = (draw(_parts(names, axis, depth + 1, has_arrays)) for _ in range(2))
        return f"({one} if {condition} else {other})"
    bound = "kl"[depth]
    inner = (bound, *names)
    reduction = draw(st.sampled_from(["sum", "sum", "max", "min", "mean", "argmax", "prod"]))
    condition = f" if {draw(_conditions(inner, axis))}" if draw(st.booleans()) else ""
    body = draw(_parts(inner, axis, depth + 1, has_arrays))
    if has_arrays and draw(st.integers(0, 3)) == 0:
        return f"{reduction}(x({bound}) * {body} for {bound}{condition})"
    return f"{reduction}({body} for {bound} in {draw(_ranges(names, axis))}{condition})"


@st.composite
def ranged_texts(draw: st.DrawFn) -> str:
    """Return a text with the input x over t, the signal y over t, and at times z over i and j."""
    lines = ["x(t) : ()"]
    parts = [draw(_parts(("t",), "t")) for _ in range(draw(st.integers(1, 2)))]
    parts += [draw(st.sampled_from(["y(t-1)", "sum(y(s) for s in 1..t-1)", "y(floor(t/2))", "y(t-2)"]))] * draw(
        st.integers(0, 1)
    )
    where = draw(st.sampled_from(["", "", " for t in 2..end", " for t in 0..end-1", " for t in 3..end+1"]))
    lines.append(f"y(t) = {' + '.join(parts)}{where}")
    if draw(st.booleans()):
        lines.append(draw(st.sampled_from(["y(0) = 2", "y(2) = 3", "y(1) = x(1)", "y(end) = 5"])))
    if draw(st.booleans()):
        by = draw(_OFFSETS)
        part = draw(_parts(("i", "j"), "i"))
        ranges = [f"for j in {_plus('i', by)}..end", f"for j in 1..{_plus('i', by)}", "for i in 2..end, j in i..i+2"]
        lines.append(f"z(i, j) = {part} + z(i-1, j) {draw(st.sampled_from(['', *ranges]))}")
        if draw(st.booleans()):
            lines.append(f"z(i, {_plus('i', by)}) = x(i)")
        if draw(st.booleans()):
            lines.append("z(0, j) = j")
    return "; ".join(lines)


@st.composite
def ranged_programs(draw: st.DrawFn) -> str:
    """Return a text as `ranged_texts` does, which may have entries of b : M and A : (M, K) and written edges of x.

    At times the last of its signals is what another is at one place.
    """
    edges = [
        "",
        "",
        "x(0) = 5",
        "x(t) = 5 for t in 0..0",
        "x(t) = b[0] for t in -2..0",
        "x(t) = x(t-1) for t in end+1..end+2",
    ]
    lines = ["x(t) : ()", "b : M", "A : (M, K)", draw(st.sampled_from(edges))]
    parts = [draw(_parts(("t",), "t", has_arrays=True)) for _ in range(draw(st.integers(1, 2)))]
    parts += [
        draw(st.sampled_from(["0.5*y(t-1)", "sum(b[s-1]*y(s) for s in 1..t-1)", "y(floor(t/2))", "y(t-2)"]))
    ] * draw(st.integers(0, 1))
    if draw(st.booleans()):
        # What stands before a loop, several times.
        given = [draw(_parts(("t",), "t", has_arrays=True)) for _ in range(draw(st.integers(1, 2)))]
        parts += [f"0.1*tanh({one})*y(t-{draw(st.integers(1, 2))})" for one in (*given, "x(t)")]
    lines.append(f"y(t) = {' + '.join(parts)}{draw(_WHERE)}")
    if draw(st.integers(0, 2)) == 0:
        # Vectors, each of whose reductions has scalars in it.
        lines[0] = "x(t) : (); u(t) : n"
        bound = draw(st.sampled_from(["k in ", "k"]))
        where = f"{bound}{draw(_ranges(('t',), 't'))}" if bound != "k" else bound
        condition = draw(st.sampled_from(["", f" if {draw(_conditions(('k', 't'), 't'))}"]))
        reduction = draw(st.sampled_from(["sum", "sum", "mean", "max", "min", "prod"]))
        scalar, place = draw(_parts(("k", "t"), "t", 1, has_arrays=True)), draw(_places(("k", "t")))
        body = f"{scalar} * u({place})" + (" + 0*u(k)" if bound == "k" else "")
        more = draw(st.sampled_from(["", " + 0.5*w(t-1)", " + u(t)", " + u(floor(t/2))"]))
        lines.append(f"w(t) = {reduction}({body} for {where}{condition}){more}")
    if draw(st.integers(0, 3)) == 0:
        # Edges that read each other, of which each reaches as far as it does.
        first, last = draw(st.integers(-2, 0)), draw(st.integers(-2, 0))
        lines += ["s(t) = x(t)", f"s(t) = 2*y(t-1) + 1 for t in {first}..0", f"y(t) = 1 + s(t) for t in {last}..0"]
        lines.append("o(t) = y(t-1) + y(t-2) + s(t-3)")
    if draw(st.booleans()):
        part = draw(_parts(("i", "j"), "i", has_arrays=True))
        ranges = ["", "for j in i+1..end", "for j in 1..i", "for i in 2..end, j in i..i+2"]
        lines.append(f"z(i, j) = {part} + 0.5*z(i-1, j) {draw(st.sampled_from(ranges))}")
    if draw(st.booleans()):
        # It is all that is read of something that a loop computes, at some steps or at all.
        lines.append(f"v(t) = v(t{draw(st.sampled_from(['-1', '-1', '+1']))})*0.5 + x(t){draw(_WHERE)}")
        lines.append(f"last = {draw(st.sampled_from(['v(end)', 'v(end)', 'v(1)', 'v(end) - v(end-1)', 'y(end)']))}")
    return "; ".join(line for line in lines if line)
