"""The folder feed: which reader takes which file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from polars.exceptions import PolarsError

from leadline.core.errors import RequestError, SourceError
from leadline.data.feeds.contract import Answer, Failure, Part, Unchanged, digest
from leadline.data.feeds.folder.calendars import read_calendar
from leadline.data.feeds.folder.french import read_french
from leadline.data.feeds.folder.macro import read_macro, read_vintages
from leadline.data.feeds.folder.membership import read_membership
from leadline.data.feeds.folder.prices import read_actions, read_prices, symbol_of
from leadline.data.feeds.folder.tables import UnreadableError
from leadline.data.feeds.folder.universe import read_listings, read_year, year_hash, years_of

Reader = Callable[[Path, str, bytes], Part | Failure]

READERS: Mapping[tuple[str, str], Reader] = {
    ("prices", ".csv"): read_prices,
    ("actions", ".csv"): read_actions,
    ("macro", ".csv"): read_macro,
    ("vintages", ".csv"): read_vintages,
    ("vintages", ".parquet"): read_vintages,
    ("calendars", ".csv"): read_calendar,
    ("membership", ".csv"): read_membership,
    ("universe", ".csv"): read_listings,
    ("kenfrench", ".csv"): read_french,
}
_FOLDERS = sorted({folder for folder, _ in READERS})
_YEAR = re.compile(r"(?P<file>universe/[^/]+\.parquet)#(?P<year>\d{1,4})")
_ORDER = ("calendars", "actions", "prices", "macro", "vintages", "kenfrench", "membership", "universe")


@dataclass(frozen=True)
class Folder:
    """Files under `path` as facts. Part names are paths inside the folder; a Parquet universe is a part a year."""

    path: Path
    name: str = "folder"

    def plan(self) -> tuple[str, ...]:
        """Every file of the folder, recognised or not; links to files and folders are followed.

        Raises RequestError when there is no such folder or no file.
        """
        if not self.path.is_dir():
            what = "a file" if self.path.is_file() else "nothing there"
            raise RequestError(
                f"pull folder {self.path}", found=what, expected="a folder", todo=f"with any of {', '.join(_FOLDERS)}"
            )
        files = sorted(_files(self.path))
        if not files:
            raise RequestError(
                f"pull folder {self.path}", found="an empty folder", expected=f"any of {', '.join(_FOLDERS)}"
            )
        parts = [part for file in files for part in self._parts(file)]
        return tuple(sorted(parts, key=lambda part: (_rank(part), part)))

    def fetch(self, part: str, seen: str | None) -> Answer:
        """One file, or one year of a Parquet universe, as facts; a Failure that says why not."""
        of_year = _YEAR.fullmatch(part)
        try:
            if of_year is not None:
                return self._year(self.path / of_year["file"], part, int(of_year["year"]), seen)
            return self._file(self.path / part, part, seen)
        except SourceError as error:
            reason = f"found {error.found}, expected {error.expected}"
            return Failure(part, reason, _series(part), error.todo, "unreadable")
        except (OSError, PolarsError) as error:
            return Failure(
                part, f"{type(error).__name__} while reading it", _series(part), "check the file and its rights"
            )

    def _file(self, file: Path, part: str, seen: str | None) -> Answer:
        if file.is_dir():
            next(file.iterdir(), None)  # one that may not be opened says so
        reader = READERS.get((_top(part), file.suffix.lower()))
        if reader is None or part.count("/") != 1:
            reason = f"no reader for {part}; folders read are {', '.join(_FOLDERS)}"
            return Failure(part, reason, status="not recognised")
        raw = file.read_bytes()
        sha = digest(raw)
        return Unchanged(part, sha) if sha == seen else reader(file, part, raw)

    def _year(self, file: Path, part: str, year: int, seen: str | None) -> Answer:
        sha = year_hash(file, year)
        return Unchanged(part, sha) if sha == seen else read_year(file, part, sha, year)

    def _parts(self, file: Path) -> list[str]:
        part = file.relative_to(self.path).as_posix()
        if not (_top(part) == "universe" and file.suffix == ".parquet" and part.count("/") == 1):
            return [part]
        try:
            return [f"{part}#{year}" for year in years_of(file)] or [f"{part}#0"]
        except (UnreadableError, OSError, PolarsError):
            return [f"{part}#0"]  # fetching it says what is wrong


def _files(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Every file under a folder but hidden ones, and what stands in the way of finding more: reading that says why.

    Links to files are followed, and links in the folder itself to one that is read (`prices`), unless they lead back to
    where they lie (`above`, resolved). Other links to folders are listed as they are; so is a link that leads nowhere,
    and a folder that may not be opened.
    """
    inside = (*above, folder.resolve())
    try:
        found = list(folder.iterdir())
    except OSError:
        yield folder
        return
    for one in found:
        if one.name.startswith("."):
            continue
        followed = not one.is_symlink() or (not above and one.name in _FOLDERS)
        if one.is_dir() and followed and one.resolve() not in inside:
            yield from _files(one, inside)
        elif one.is_dir() or one.is_file() or one.is_symlink():
            yield one


def _top(part: str) -> str:
    return part.split("/", 1)[0] if "/" in part else ""


def _rank(part: str) -> int:
    top = _top(part)
    return _ORDER.index(top) if top in _ORDER else len(_ORDER)


def _series(part: str) -> tuple[str, ...]:
    names = {"prices": symbol_of(Path(part)), "macro": f"FRED:{Path(part).stem}"}
    return (names[_top(part)],) if _top(part) in names else ()
