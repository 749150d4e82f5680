"""The store: Delta tables on plain files, tied together by numbered versions.

A version is a small immutable file that names the version of every table. Readers open the newest one and so see all
tables at one moment; a writer publishes a new one only when every table is written and synced to disk. What a killed
writer left beyond the newest published version is undone by the next writer. Nothing is ever vacuumed by itself: older
versions stay readable, because cards name them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from shutil import rmtree

import polars as pl
from deltalake import ColumnProperties, DeltaTable, PostCommitHookProperties, WriterProperties, write_deltalake
from deltalake.exceptions import DeltaError
from filelock import FileLock, Timeout

from leadline.core.errors import DataError, PromiseError
from leadline.data.facts import FACTS
from leadline.data.ledger.schema import BOOKS, stored

PARTITIONS: Mapping[str, list[str]] = {"stocks": ["dataset", "year"]}
KEEP_LOGS = {"delta.logRetentionDuration": "interval 36500 days"}
_NO_CLEANUP = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)
_FLOATS = [name for schema in (*FACTS.values(), *BOOKS.values()) for name, kind in schema.items() if kind == pl.Float64]
_ZSTD = WriterProperties(
    compression="ZSTD",
    compression_level=3,
    max_row_group_size=131_072,
    column_properties={name: ColumnProperties(dictionary_enabled=False) for name in sorted(set(_FLOATS))},
)
_MANY_FILES = 48


@dataclass(frozen=True)
class Snapshot:
    """All tables at one published version. `version` 0 is the empty ledger; `tables` maps names to Delta versions."""

    home: Path
    version: int = 0
    tables: Mapping[str, int] = field(default_factory=dict)
    pull: str = ""

    def scan(self, table: str) -> pl.LazyFrame:
        """The rows of one table, lazily, with the columns of `schema.stored`.

        Raises PromiseError when the table cannot be opened, or a file of it is missing or has another size than was
        written: a scan would silently skip an empty file.
        """
        columns = stored(table)
        if table not in self.tables:
            return pl.LazyFrame(schema=columns)
        path = _table_path(self.home, table)
        try:
            delta = DeltaTable(str(path), version=self.tables[table])
        except DeltaError as error:
            found = f"no version {self.tables[table]} of it that can be read ({str(error).splitlines()[0][:120]})"
            raise PromiseError(f"ledger table {table}", found=found, todo="restore it from a backup") from error
        _check_files(delta, path)
        return pl.scan_delta(delta).select(list(columns))


def root(home: Path) -> Path:
    """The folder of the ledger inside a home."""
    return home / "ledger"


def latest(home: Path) -> Snapshot:
    """The newest published version of the ledger under `home`; the empty snapshot when there is none."""
    numbers = _published(home)
    return snapshot(home, numbers[-1]) if numbers else Snapshot(home)


def snapshot(home: Path, version: int) -> Snapshot:
    """The ledger as it was at a published version.

    Raises DataError when that version does not exist, PromiseError when its file is damaged.
    """
    path = _version_path(home, version)
    if not path.exists():
        newest = (_published(home) or [0])[-1]
        raise DataError(f"version {version} of the ledger", found=f"versions up to {newest}")
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Snapshot(home, version, said["tables"], said["pull"])
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        todo = "restore it from a backup"
        raise PromiseError(f"version {version} of the ledger", found=f"a damaged {path.name}", todo=todo) from error


class Writer:
    """The one writer of a ledger, holding its lock. Made by `writing`; rows count only once `publish` has returned."""

    def __init__(self, base: Snapshot) -> None:
        self.base = base
        self.tables = dict(base.tables)

    @property
    def current(self) -> Snapshot:
        """The tables as they are now, published or not: what new facts are compared with."""
        return Snapshot(self.base.home, self.base.version, self.tables, self.base.pull)

    def append(self, table: str, rows: pl.DataFrame) -> None:
        """Append rows (columns of `schema.stored`) to a table in one atomic commit. No rows, no commit."""
        if not len(rows):
            return
        path = _table_path(self.base.home, table)
        rows = rows.select(list(stored(table)))
        if table in PARTITIONS:
            rows = rows.with_columns(year=pl.col("describes").dt.year())
        write_deltalake(
            str(path),
            rows,
            mode="append",
            partition_by=PARTITIONS.get(table),
            configuration=KEEP_LOGS if table not in self.tables else None,
            writer_properties=_ZSTD,
            post_commithook_properties=_NO_CLEANUP,
        )
        self.tables[table] = _sync_newest(path)

    def publish(self, pull: str, at: datetime) -> Snapshot:
        """Make everything appended so far visible as the next version, and return it."""
        if self.tables == dict(self.base.tables):
            return self.base
        version = self.base.version + 1
        said = {"version": version, "tables": self.tables, "pull": pull, "at": at.isoformat()}
        path = _version_path(self.base.home, version)
        draft = path.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(said, file, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        _sync(path.parent)
        self.base = Snapshot(self.base.home, version, dict(self.tables), pull)
        return self.base

    def compact(self) -> None:
        """Join small files of tables that have many. Older versions keep their files."""
        for table in self.tables:
            delta = DeltaTable(str(_table_path(self.base.home, table)))
            if len(delta.file_uris()) > _MANY_FILES and table not in PARTITIONS:
                delta.optimize.compact(writer_properties=_ZSTD, post_commithook_properties=_NO_CLEANUP)
                self.tables[table] = _sync_newest(_table_path(self.base.home, table))


@contextmanager
def writing(home: Path, wait_seconds: float = 30.0) -> Iterator[Writer]:
    """The writer of the ledger under `home`, alone until the block ends; first undoes what a killed writer left.

    Raises DataError when another process holds the lock for longer than `wait_seconds`.
    """
    base = root(home)
    (base / "versions").mkdir(parents=True, exist_ok=True)
    (base / "tables").mkdir(exist_ok=True)
    lock = FileLock(base / "writer.lock")
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout as error:
        todo = "wait for the other pull to end"
        raise DataError(f"writing the ledger in {home}", found="another process is writing it", todo=todo) from error
    marker = base / "writing"
    try:
        writer = Writer(latest(home))
        if marker.exists():
            _undo_unpublished(writer)
        marker.touch()
        yield writer
        marker.unlink()
    finally:
        lock.release()


def _undo_unpublished(writer: Writer) -> None:
    """Bring every table back to the newest published version and delete files that no commit names."""
    for path in sorted((root(writer.base.home) / "tables").iterdir()):
        wanted = writer.base.tables.get(path.name)
        if wanted is None:
            rmtree(path)
            continue
        delta = DeltaTable(str(path))
        if delta.version() != wanted:
            delta.restore(wanted)
            writer.tables[path.name] = _sync_newest(path)
        _delete_orphans(path)
    for draft in (root(writer.base.home) / "versions").glob("*.draft"):
        draft.unlink()


def _delete_orphans(path: Path) -> None:
    named = {row["path"] for log in (path / "_delta_log").glob("*.json") for row in _added(log)}
    for file in path.rglob("*.parquet"):
        relative = file.relative_to(path).as_posix()
        if not relative.startswith("_delta_log") and relative not in named:
            file.unlink()


def _added(log: Path) -> Iterator[dict[str, str]]:
    from urllib.parse import unquote

    for line in log.read_text(encoding="utf-8").splitlines():
        action = json.loads(line)
        if "add" in action:
            yield {"path": unquote(action["add"]["path"])}


def _sync_newest(path: Path) -> int:
    """Sync the newest commit of a table and the files it adds; returns its version. Delta itself does not sync."""
    version = DeltaTable(str(path)).version()
    log = path / "_delta_log" / f"{version:020d}.json"
    folders = {log.parent}
    for row in _added(log):
        _sync(path / row["path"])
        folders.add((path / row["path"]).parent)
    for target in (log, *folders):
        _sync(target)
    return version


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_files(delta: DeltaTable, path: Path) -> None:
    from urllib.parse import unquote

    added = pl.DataFrame(delta.get_add_actions(flatten=True))
    for name, size in added.select("path", "size_bytes").iter_rows():
        file = path / unquote(name)
        found = file.stat().st_size if file.exists() else None
        if found != size:
            what = "is missing" if found is None else f"has {found} bytes instead of {size}"
            raise PromiseError(f"ledger table {path.name}", found=f"{name} {what}", todo="restore it from a backup")


def _table_path(home: Path, table: str) -> Path:
    return root(home) / "tables" / table


def _version_path(home: Path, version: int) -> Path:
    return root(home) / "versions" / f"{version:08d}.json"


def _published(home: Path) -> list[int]:
    folder = root(home) / "versions"
    return sorted(int(path.stem) for path in folder.glob("*.json")) if folder.is_dir() else []
