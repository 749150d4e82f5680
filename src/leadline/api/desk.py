"""Opening the ledger for questions: the panel with just the series that are needed, and what words mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from leadline.core.errors import DataError
from leadline.data.ledger.store import latest
from leadline.data.panel.build import read
from leadline.data.panel.catalogue import series_book
from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.formula.needs import mentioned
from leadline.formula.tree import Node
from leadline.formula.usual import resolved
from leadline.judgement.playbook import Playbook, choose, fitting, names_of, reach


def default_home() -> Path:
    """The platform's data directory for Leadline, or LEADLINE_HOME."""
    import os

    from platformdirs import user_data_path

    named = os.environ.get("LEADLINE_HOME")
    return Path(named) if named else user_data_path("leadline", appauthor=False)


@dataclass(frozen=True)
class Desk:
    """A panel opened for some formulas, and what words mean. playbook: the one that fits, None where none does or no
    word of the formulas asks for one.
    """

    home: Path
    panel: Panel
    playbook: Playbook | None
    names: Names


def open_desk(
    formulas: Sequence[str | Node], home: Path | None = None, as_of: date | None = None, names: Names | None = None
) -> Desk:
    """The panel as of a day, with just the series that the formulas name.

    Roles and groups (`small`, `sectors`) are those of the shipped playbook that fits the ledger, and of `names`.
    Raises FormulaError for a formula that cannot be read, DataError for an empty ledger or a cut outside it.
    """
    where = home or default_home()
    book = set(series_book(latest(where))["series"])
    plain = {name for formula in formulas for name in mentioned(formula, names or Names())}
    playbook = fitting(book) if plain - book else None  # reading playbooks takes longer than most formulas
    words = names_of(playbook, names)
    wanted = book & {name for formula in formulas for name in mentioned(formula, words)}
    panel = read(where, as_of, series=wanted)
    meaning = names_of(playbook, names, panel)
    return Desk(where, panel, playbook, resolved(meaning, panel) if plain & set(meaning.rules) else meaning)


def desk_until(formulas: Sequence[str | Node], home: Path, as_of: date) -> Desk:
    """The desk as of a day; of a ledger that ends earlier, all of it."""
    try:
        return open_desk(formulas, home, as_of)
    except DataError as error:
        if "whose last session is" not in error.found:
            raise
        return open_desk(formulas, home)


def group_names(home: Path | None) -> Names:
    """What words mean in this ledger before it is read: the roles and groups of the playbook that fits it."""
    return names_of(fitting(set(series_book(latest(home or default_home()))["series"])), None)


def playbook_desk(
    home: Path | None = None, as_of: date | None = None, playbook: Playbook | None = None, *, to_reach: bool = False
) -> tuple[Panel, Playbook]:
    """The panel of everything a playbook looks at, and the playbook (None: the shipped one that fits the ledger).

    to_reach: without a day, cut where the playbook's ratio ends. Raises DataError when no shipped playbook fits.
    """
    where = home or default_home()
    from leadline.publish.brief.inputs import wanted

    book = set(series_book(latest(where))["series"])
    chosen = playbook or fitting(book)
    if chosen is None:
        return (panel := read(where, as_of)), choose(panel)
    series = book & wanted(chosen)
    panel = read(where, as_of, series=series)
    end = reach(panel, chosen) if to_reach and as_of is None else None
    return (panel if end is None or end == panel.cut else read(where, end, series=series)), chosen
