"""Names: how they may be spelled in a text, and what they are made of, such as the letter and the hat of `y_hat`."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from unfoldgraph.base.limits import NAME_CHARACTERS

__all__ = [
    "ACCENTS", "GREEK", "MARKS", "NAME_PATTERN", "WORD_OF", "TakenApart", "apart", "canonical", "letters_and_digits",
    "misplaced_accent", "name_characters", "untaken",
]  # fmt: skip

_GREEK_WORDS = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
)  # fmt: skip
_SMALL = "αβγδεζηθικλμνξοπρστυφχψω"
_CAPITAL = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"
GREEK: dict[str, str] = {
    **dict(zip(_GREEK_WORDS, _SMALL, strict=True)),
    **{word.capitalize(): letter for word, letter in zip(_GREEK_WORDS, _CAPITAL, strict=True)},
}
"""Greek letters by the words that stand for them."""
WORD_OF = {letter: word for word, letter in GREEK.items()} | {"ς": "sigma"}
"""The words by the letters."""
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
"""What stands above a letter, by the word that stands for it behind the letter: `y_hat`."""
MARKS = {"prime": "\u2032", "star": "*"}
"""What stands behind a letter: `h_prime`."""
#: What a text may have on a letter. An overline looks like the macron that makes a bar.
_TYPED = {mark: word for word, mark in ACCENTS.items()} | {"\u0305": "bar", MARKS["prime"]: "prime"}
_LETTERS = "".join(map(chr, (*range(65, 91), *range(97, 123)))) + _SMALL + _CAPITAL + "ς"
#: Where Unicode has a letter with its accent as one character, that is the same name.
_COMPOSED = "".join(
    written
    for letter in _LETTERS
    for mark in ACCENTS.values()
    if len(written := unicodedata.normalize("NFC", letter + mark)) == 1
)
NAME_PATTERN = f"[{_LETTERS}{_COMPOSED}][{_LETTERS}{_COMPOSED}0-9_{''.join(_TYPED)}]*"
"""What a name in a text is made of; where it may have accents says `misplaced_accent`."""

INFINITY_RESERVED = "'inf' is reserved: it is the number"
"""What is said of the number where a name is to stand."""

_ACCENTED = re.compile(
    f"(?P<letter>.|{'|'.join(GREEK)})(?P<accent>[{''.join(_TYPED)}]?)(?P<primes>\u2032*)(?P<digits>[0-9]*)"
)
#: What stands for itself: `dL` does not.
_WORD = re.compile(r"(?:[A-Za-z][a-z]+|[A-Z]{2,})[0-9]*(?![A-Za-z0-9])")


@lru_cache(maxsize=10_000)
def canonical(name: str) -> str:
    """Return the one spelling of a name: `θ` and `theta` are the same, and so are `ŷ` and `y_hat`.

    >>> canonical("θ"), canonical("θ_1"), canonical("W_f"), canonical("ŷ_1"), canonical("h′")
    ('theta', 'theta_1', 'W_f', 'y_hat_1', 'h_prime')
    """
    if name.isascii():
        # Of a token of the text only its letters.
        return str(name)
    head, *tail = name.split("_")
    return "_".join([_canonical_head(head), *map(_canonical_part, tail)])


def _canonical_head(head: str) -> str:
    """Return the first part of a name without its accents, which follow it in words."""
    match = _ACCENTED.fullmatch(unicodedata.normalize("NFD", head))
    # An accent on the last letter of a word is none on the word.
    if match is None or (len(match["letter"]) > 1 and match["accent"] not in ("", MARKS["prime"])):
        return head
    accents = [_TYPED[mark] for mark in match["accent"] + match["primes"]]
    return "_".join([WORD_OF.get(match["letter"], match["letter"]), *accents]) + match["digits"]


def _canonical_part(part: str) -> str:
    match = re.fullmatch(r"(.)([0-9]*)", part)
    return WORD_OF.get(match[1], match[1]) + match[2] if match else part


def misplaced_accent(name: str) -> str | None:
    """Return what to write for a name that has an accent where none can be; None where none has.

    >>> misplaced_accent("los\u0303s"), misplaced_accent("h_1′"), misplaced_accent("ŷ")
    ('loss_tilde', 'h_prime_1', None)
    """
    parts = unicodedata.normalize("NFD", canonical(name)).split("_")
    words = [[_TYPED[character] for character in part if character in _TYPED] for part in parts]
    if not any(words):
        return None
    # A prime behind a subscript is one of the name.
    primes = [word for found in words[1:] for word in found if word == "prime"]
    words = [words[0] + primes, *([word for word in found if word != "prime"] for found in words[1:])]
    head, *tail = ("".join(character for character in part if character not in _TYPED) for part in parts)
    letters, digits = letters_and_digits(head)
    # Digits belong to the letter where that is one.
    first = "_".join([letters, *words[0]]) + digits if len(letters) == 1 else "_".join([head, *words[0]])
    return "_".join([first, *("_".join([part, *found]) for part, found in zip(tail, words[1:], strict=True))])


def name_characters(name: str) -> int:
    """Return how many characters a name has, however it is spelled: `θ` is as long as `theta`.

    >>> name_characters("θ_1"), name_characters("theta_1")
    (7, 7)
    """
    # The canonical spelling is never the shorter one.
    return len(name) if len(name) > NAME_CHARACTERS else len(canonical(name))


class TakenApart(NamedTuple):
    """A name taken apart: one letter, Greek letters as words, or several words; what is on it, behind it and below."""

    words: tuple[str, ...]
    accent: str
    marks: tuple[str, ...]
    below: tuple[str, ...]


@lru_cache(maxsize=10_000)
def apart(name: str) -> TakenApart:
    """Take a name apart as a typographer would.

    Behind a letter stand its accents and what is below it: `y_hat_1`, `W_f`. What begins with a word is a phrase as far
    as words go, `hidden_state_1`, and what is no word stands below that. `score_1` is no phrase, nor is `dx_dt`.
    """
    head, *tail = name.split("_")
    letters, digits = letters_and_digits(head)
    words: tuple[str, ...] = (letters or head,)
    accent, marks = "", list[str]()
    if WORD_OF.get(letters, letters) in GREEK or len(letters) == 1:
        while tail and not digits:
            word, digits = letters_and_digits(tail[0])
            if word in ACCENTS and not accent and not marks:
                accent = word
            elif word in MARKS:
                marks.append(word)
            else:
                digits = ""
                break
            del tail[0]
    elif len(letters) > 2:
        count = max((n for n, part in enumerate(tail, 1) if _WORD.match(part) and part not in GREEK), default=0)
        if count:
            last, below = letters_and_digits(tail[count - 1])
            words, digits, tail = (head, *tail[: count - 1], last), below, tail[count:]
    return TakenApart(words, accent, tuple(marks), tuple(filter(None, [digits if letters else "", *tail])))


def letters_and_digits(part: str) -> tuple[str, str]:
    """Return a part of a name without the digits at its end, and these.

    >>> letters_and_digits("h12")
    ('h', '12')
    """
    letters = part.rstrip("0123456789")
    return letters, part[len(letters) :]


def untaken(wanted: str, taken: set[str]) -> str:
    """Return a name that is not taken, the wanted one where it is free, and take it.

    >>> taken = {"h_1"}
    >>> untaken("h_1", taken), untaken("x_1", taken)
    ('h_1_', 'x_1')
    """
    while wanted in taken:
        wanted += "_"
    taken.add(wanted)
    return wanted
