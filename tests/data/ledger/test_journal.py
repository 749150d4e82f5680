"""The journal: a card is kept once, whole, with what it rested on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from leadline.data.ledger.journal import Entry, read_journal, record_cards

CARD = Entry("brief", "size-rotation", "2024-07-16", 3, "ab" * 32, {"action": "wait"}, "2024-07-17T20:00:00+00:00")


def test_a_card_is_kept_once(tmp_path: Path) -> None:
    assert read_journal(tmp_path) == ()
    assert record_cards(tmp_path, [CARD]) == 1
    assert record_cards(tmp_path, [replace(CARD, at="2024-07-18T20:00:00+00:00", version=4)]) == 0
    assert read_journal(tmp_path) == (CARD,)


def test_another_day_or_another_card_of_that_day_is_another_entry(tmp_path: Path) -> None:
    others = [replace(CARD, as_of="2024-07-17"), replace(CARD, sha256="cd" * 32), replace(CARD, kind="commentary")]
    assert record_cards(tmp_path, [CARD, *others]) == 4
    assert read_journal(tmp_path) == (CARD, *others)


def test_a_line_cut_short_is_dropped(tmp_path: Path) -> None:
    record_cards(tmp_path, [CARD])
    with (tmp_path / "ledger" / "journal.jsonl").open("ab") as file:
        file.write(b'{"kind": "bri')
    other = replace(CARD, as_of="2024-07-18")
    assert record_cards(tmp_path, [other]) == 1
    assert read_journal(tmp_path) == (CARD, other)
