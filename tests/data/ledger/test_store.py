"""The store: versions, one writer, and damage that is told."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from leadline.core.errors import DataError, PromiseError
from leadline.data.ledger.read import status
from leadline.data.ledger.schema import stored as columns
from leadline.data.ledger.store import Snapshot, latest, root, snapshot, writing

from .told import NOW, bars, part, stored, tell

WEEK = {"07-08": 100.0, "07-09": 102.0}


def parquet(home: Path, table: str) -> Path:
    return next(file for file in (root(home) / "tables" / table).rglob("*.parquet") if "_delta_log" not in file.parts)


def rows(home: Path, series: str) -> pl.DataFrame:
    return bars(series, WEEK).with_columns(source=pl.lit("test"), pull=pl.lit("p"))


def test_an_empty_ledger_has_every_table_and_no_row(tmp_path: Path) -> None:
    empty = latest(tmp_path)
    assert empty == Snapshot(tmp_path)
    assert dict(empty.scan("bars").collect().schema) == columns("bars")
    assert list(tmp_path.iterdir()) == []  # reading makes nothing


def test_versions_are_read_by_number(tmp_path: Path) -> None:
    for name in ("A", "B", "C"):
        tell(tmp_path, {name: part(bars(name, WEEK))})
    assert [len(stored(snapshot(tmp_path, version), "bars")) for version in (1, 2, 3)] == [2, 4, 6]
    assert latest(tmp_path).version == 3
    with pytest.raises(DataError, match="version 4 of the ledger: found versions up to 3"):
        snapshot(tmp_path, 4)


def half_a_write(home: Path) -> None:
    with writing(home) as writer:
        writer.append("bars", rows(home, "B"))
        writer.append("drift", pl.DataFrame({name: [None] for name in columns("drift")}, schema=columns("drift")))
        assert len(stored(writer.current, "bars")) == 4
        assert len(stored(latest(home), "bars")) == 2
        raise RuntimeError("killed")


def test_what_is_not_published_is_not_seen_and_is_undone(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("A", WEEK)))
    with pytest.raises(RuntimeError, match="killed"):
        half_a_write(tmp_path)
    assert len(stored(latest(tmp_path), "bars")) == 2
    report = tell(tmp_path, {"C": part(bars("C", WEEK))})
    assert {row[0] for row in stored(latest(tmp_path), "bars", "series")} == {"A", "C"}
    assert "drift" not in latest(tmp_path).tables
    assert stored(snapshot(tmp_path, 1), "bars") == [
        row for row in stored(snapshot(tmp_path, report.version), "bars") if row[0] == "A"
    ]


def test_orphaned_files_and_drafts_of_a_killed_writer_are_cleared(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("A", WEEK)))
    stray = root(tmp_path) / "tables" / "bars" / "part-00000-stray.parquet"
    stray.write_bytes(b"half a file")
    draft = root(tmp_path) / "versions" / "00000002.draft"
    draft.write_text("{")
    (root(tmp_path) / "writing").touch()
    tell(tmp_path, {"B": part(bars("B", WEEK))})
    assert not stray.exists()
    assert not draft.exists()
    assert len(stored(latest(tmp_path), "bars")) == 4


def test_nothing_appended_is_nothing_published(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        writer.append("bars", rows(tmp_path, "A").clear())
        assert writer.publish("p", NOW).version == 0
    assert latest(tmp_path).version == 0


def test_there_is_one_writer_at_a_time(tmp_path: Path) -> None:
    told = r"writing the ledger in .*: found another process is writing it; wait for the other pull to end"
    with writing(tmp_path) as writer:
        with pytest.raises(DataError, match=told), writing(tmp_path, wait_seconds=0.05):
            raise AssertionError("two writers at once")
        writer.append("bars", rows(tmp_path, "A"))
        writer.publish("p", NOW)
    with writing(tmp_path, wait_seconds=0.05) as writer:
        assert writer.base.version == 1


def test_readers_see_the_version_they_opened(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("A", WEEK)))
    opened = latest(tmp_path)
    scan = opened.scan("bars")
    tell(tmp_path, {"B": part(bars("B", WEEK))})
    assert len(scan.collect()) == 2
    assert len(stored(opened, "bars")) == 2


def test_joining_small_files_keeps_every_row_and_older_versions(tmp_path: Path) -> None:
    many = 50  # over the number of files that are left alone
    with writing(tmp_path) as writer:
        for k in range(many):
            writer.append("bars", rows(tmp_path, f"S{k:02d}"))
            if k == 6:
                writer.publish("p", NOW)
        writer.publish("p", NOW)
        assert len(list((root(tmp_path) / "tables" / "bars").glob("*.parquet"))) == many
        writer.compact()
        assert writer.publish("p", NOW).version == 3
        writer.compact()
        assert writer.publish("p", NOW).version == 3  # nothing left to join
    with writing(tmp_path):
        pass  # what no commit names is deleted here: none of these files
    assert stored(latest(tmp_path), "bars") == stored(snapshot(tmp_path, 2), "bars")
    assert [len(stored(snapshot(tmp_path, version), "bars")) for version in (1, 2, 3)] == [14, 100, 100]


@pytest.mark.parametrize("damage", ["empty", "cut", "gone"])
def test_a_damaged_file_is_a_broken_promise(tmp_path: Path, damage: str) -> None:
    tell(tmp_path, part(bars("A", WEEK)))
    file = parquet(tmp_path, "bars")
    raw = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(b"" if damage == "empty" else raw[:-1])
    expected = "is missing" if damage == "gone" else f"has {0 if damage == 'empty' else len(raw) - 1} bytes instead of"
    with pytest.raises(PromiseError, match=rf"ledger table bars: found part-.* {expected}.*restore it from a backup"):
        status(tmp_path)
    with pytest.raises(PromiseError, match="ledger table bars"):
        tell(tmp_path, {"A2": part(bars("A", {**WEEK, "07-10": 5.0}))})


def test_a_lost_log_or_version_file_is_a_broken_promise(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("A", WEEK)))
    for log in (root(tmp_path) / "tables" / "bars" / "_delta_log").iterdir():
        log.unlink()
    with pytest.raises(PromiseError, match="ledger table bars: found no version 0 of it that can be read"):
        latest(tmp_path).scan("bars")
    (root(tmp_path) / "versions" / "00000001.json").write_bytes(b"")
    with pytest.raises(PromiseError, match=r"version 1 of the ledger: found a damaged 00000001\.json"):
        latest(tmp_path)
