"""Names that a person would read as the same name (law 6). Used to keep people apart, never to let one in."""

from __future__ import annotations

import unicodedata

# What NFKC leaves apart although it is drawn alike: Cyrillic, Greek, Armenian and Latin letters of other kinds.
_DRAWN_ALIKE = {
    "a": "аαɑ",
    "b": "ЬьВвβƄ",
    "c": "сϲⅽ",
    "d": "ԁɗ",
    "e": "еєεҽ",
    "f": "ғƒ",
    "g": "ɡց",
    "h": "һнհ",
    "i": "іıιɩӏ",
    "j": "јϳ",
    "k": "кκқ",
    "l": "ӏⅼł",
    "m": "мμϻ",
    "n": "пηռ",
    "o": "оοσօø",
    "p": "рρ",
    "q": "ԛզ",
    "r": "гɼ",
    "s": "ѕʂ",
    "t": "тτ",
    "u": "υսцʋ",
    "v": "νѵ",
    "w": "ѡωшԝ",
    "x": "хχ",
    "y": "уγүʏ",
    "z": "ʐᴢ",
}
_LATIN = {ord(other): latin for latin, others in _DRAWN_ALIKE.items() for other in others}
# Letters that are read as each other in many fonts, and pairs that are read as one letter.
_ONE_FOR_ALL = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l"})
_PAIRS = (("rn", "m"), ("vv", "w"))


def looks_like(one: str, other: str) -> bool:
    """Whether two names could be taken for each other: case, width, spaces, invisible and look-alike letters."""
    return skeleton(one) == skeleton(other)


def skeleton(name: str) -> str:
    """What is left of a name when all that a reader overlooks is taken away; the same for names that look alike."""
    apart = unicodedata.normalize("NFKD", name).translate(_LATIN).casefold().translate(_LATIN)
    letters = "".join(c for c in apart if c.isalnum() or c == "|").translate(_ONE_FOR_ALL)
    for pair, letter in _PAIRS:
        letters = letters.replace(pair, letter)
    return letters or name
