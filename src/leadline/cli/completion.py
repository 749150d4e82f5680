"""What the shell may offer: names of functions, sources and series."""

from __future__ import annotations


def complete_function(incomplete: str) -> list[tuple[str, str]]:
    """The functions of the language that begin like this, with what they are."""
    from leadline.formula.catalogue import CATALOGUE

    return [(name, entry.what) for name, entry in CATALOGUE.items() if name.startswith(incomplete)]


def complete_commentary(incomplete: str) -> list[str]:
    """The shipped commentaries that begin like this; the shell adds files itself."""
    from leadline.judgement.claims import SHIPPED

    return [name for name in SHIPPED if name.startswith(incomplete)]


def complete_source(incomplete: str) -> list[tuple[str, str]]:
    """The sources that begin like this, with what they bring."""
    from leadline.data.feeds.catalogue import FEEDS

    return [(entry.name, entry.brings) for entry in FEEDS if entry.name.startswith(incomplete)]
