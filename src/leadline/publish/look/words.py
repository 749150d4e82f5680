"""Words that every rendering shares."""

from __future__ import annotations


def ordinal(place: int) -> str:
    """A place in words.

    >>> [ordinal(n) for n in (1, 2, 3, 11, 21, 112, 1803)]
    ['1st', '2nd', '3rd', '11th', '21st', '112th', '1,803rd']
    """
    if place % 100 in (11, 12, 13):
        return f"{place:,}th"
    return f"{place:,}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th') }"


def low(label: str) -> str:
    """A label inside a sentence: its first letter small unless the word is an abbreviation.

    >>> low("Small caps"), low("US equities")
    ('small caps', 'US equities')
    """
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"
