"""Values as they were typed, in text that no parser takes: where they begin and end, what is in their brackets."""

from __future__ import annotations

import re

from unfoldgraph.base.names import NAME_PATTERN

AROUND = 200
"""How far around a refused place one looks, in characters; more is no mistake of notation."""

NAME = NAME_PATTERN
"""What a name looks like."""

_VALUE = re.compile(rf"\s*-?\s*(?:\\?{NAME}|[0-9]+(?:\.[0-9]+)?|(?=[(\[{{]))")

_OPENING = {")": "(", "]": "[", "}": "{"}
_CLOSING = {opening: closing for closing, opening in _OPENING.items()}


def closing_bracket(text: str, position: int) -> int:
    """Return the place of the bracket that closes the one at a place, -1 where none does.

    >>> closing_bracket("f(a[0], b)", 1), closing_bracket("f(a", 1)
    (9, -1)
    """
    open_: list[str] = []
    for place in range(position, min(len(text), position + AROUND)):
        character = text[place]
        if character in _CLOSING:
            open_.append(character)
        elif character in _OPENING:
            if not open_ or open_.pop() != _OPENING[character]:
                return -1
            if not open_:
                return place
    return -1


def value_before(text: str, position: int) -> str:
    """Return the value that ends at a place: a name with its brackets, a bracket, a number; "" where there is none.

    >>> value_before("2 * h(t-1)^T", 10)
    'h(t-1)'
    """
    stop = len(text[:position].rstrip())
    place = stop
    while place and text[place - 1] in _OPENING:
        open_: list[str] = []
        for inner in range(place - 1, max(-1, place - 1 - AROUND), -1):
            if text[inner] in _OPENING:
                open_.append(_OPENING[text[inner]])
            elif text[inner] in _CLOSING:
                if open_.pop() != text[inner]:
                    return ""
                if not open_:
                    place = inner
                    break
        else:
            return ""
    while place and (text[place - 1].isalnum() or text[place - 1] in "_.") and text[place - 2 : place] != "..":
        place -= 1
    return text[place:stop].strip()


def value_after(text: str, position: int) -> str:
    """Return the value that begins at a place, with its sign and the space before it; "" where there is none.

    >>> value_after("e^-h(t-1) + 1", 2)
    '-h(t-1)'
    """
    match = _VALUE.match(text, position)
    if match is None:
        return ""
    place = match.end()
    # A name has one bracket of arguments, and entries of that.
    while text[place : place + 1] in ("(", "[", "{") and (place == match.end() or text[place] == "["):
        closing = closing_bracket(text, place)
        if closing < 0:
            return ""
        place = closing + 1
    return text[position:place]


def parts_of(inside: str, marks: str = ",;") -> list[str]:
    """Return what stands between the commas of a bracket.

    >>> parts_of("h(i, j), x(t)")
    ['h(i, j)', 'x(t)']
    """
    parts, depth = [""], 0
    for character in inside:
        depth += (character in _CLOSING) - (character in _OPENING)
        if character in marks and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def bare(value: str) -> str:
    """Return what stands in the brackets that are all of a value, else the value.

    >>> bare("(a + b)"), bare("(a) + (b)")
    ('a + b', '(a) + (b)')
    """
    return value[1:-1].strip() if value[:1] in ("(", "{") and closing_bracket(value, 0) == len(value) - 1 else value


def is_one_value(value: str) -> bool:
    """Say whether a value stands by itself in a product.

    >>> is_one_value("h(t-1)"), is_one_value("a + b")
    (True, False)
    """
    return bare(value) != value or bool(re.fullmatch(rf"(?:{NAME}|[0-9.]+)(?:\([^()]*\)|\[[^\[\]]*\])*", value))


def grouped(value: str) -> str:
    """Return a value as it stands in a product.

    >>> grouped("a + b"), grouped("h(t-1)")
    ('(a + b)', 'h(t-1)')
    """
    return value if is_one_value(value) else f"({value})"


def edge_of(text: str, position: int, step: int, marks: str) -> int:
    """Return where an expression ends, to one side: at a mark, at the bracket around it, or with the text.

    >>> edge_of("f(a, b); c", 0, 1, ";")
    7
    """
    depth, place = 0, position
    while 0 <= place < len(text):
        character = text[place]
        is_comparison = character == "=" and re.search(r"[=<>!]=|==", text[max(0, place - 1) : place + 2])
        if not depth and character in marks and not is_comparison:
            return place
        depth += step * ((character in _CLOSING) - (character in _OPENING))
        if depth < 0:
            return place
        place += step
    return place
