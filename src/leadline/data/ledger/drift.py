"""What is new in a pull, and where a source rewrote its past.

A whole history that comes again on another scale is an adjustment (splits and dividends do that); everything else that
differs from what is stored is a restatement: it is kept as a new row, known from the pull on, and told in a notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

import polars as pl

from leadline.core.calendar import NEW_YORK
from leadline.data.facts import FACTS, INSTANT, KEYS

TOLERANCE = 5e-4  # relative: sources round adjusted prices to a few digits
MATCH_DAYS = 45  # a split that was not given is noticed at the next pull, which may be weeks later
MATCH_RATIO = 0.01
VOLUME_TOLERANCE = 0.05  # exchanges settle volumes for days
VANISHED = "the source no longer gives these sessions"
WITHDRAWN = "values withdrawn by the source; the stored ones stay"
RESCALED = "rescaled; taken as a split that was not given"
LASTING = (VANISHED, WITHDRAWN, RESCALED)  # true again at every pull, and told once; other notices come with new rows
PRICES = ("open", "high", "low", "close")

_ARCHIVED = pl.col("known_by").is_in(["vintage", "month"])


@dataclass(frozen=True)
class News:
    """What a part adds: rows to append, split actions inferred from its scale, and notices (columns of `drift`)."""

    rows: pl.DataFrame
    inferred: pl.DataFrame
    notices: tuple[Mapping[str, object], ...] = ()


def bars_news(fresh: pl.DataFrame, old: pl.DataFrame, actions: pl.DataFrame, now: datetime) -> News:
    """Compare the bars of one series with the newest stored rows of it.

    fresh, old: columns of `facts.FACTS["bars"]`, one series, one row a session. actions: all splits known of it. Rows
    after the last stored session are appended as they are, on the stored scale of adj_close; restated or newly filled
    rows are appended with `known_at` = now; rows before the first stored session are history that had not been pulled.
    """
    name = fresh["series"][0]
    if not len(old):
        return News(fresh, _no_actions())
    both = fresh.join(old, on="describes", suffix="_old", maintain_order="left")
    both = both.with_columns(expected=_expected_scale(actions))
    scale, total_scale = _scale(both, "close"), _scale(both, "adj_close")
    first, last = _edge(old, first=True), _edge(old, first=False)
    inferred = _inferred(fresh, last, scale, name)
    fresh = fresh.with_columns(pl.col("adj_close") / total_scale)
    if not len(inferred):
        fresh = _unscaled(fresh, scale, old)
    known = fresh["describes"].is_in(both["describes"].to_list())
    newer = fresh.filter(~known).with_columns(
        known_at=pl.when(pl.col("describes").is_between(first, last))
        .then(pl.lit(now, dtype=INSTANT))
        .otherwise("known_at")
    )
    restated, notices = _restated(both, scale, total_scale, name)
    again = fresh.filter(pl.col("describes").is_in(restated.to_list())).with_columns(
        known_at=pl.lit(now, dtype=INSTANT)
    )
    vanished = old.filter(
        (pl.col("describes") >= fresh["describes"].min()) & ~pl.col("describes").is_in(fresh["describes"].to_list())
    )
    if len(vanished):
        notices = (*notices, _notice(name, vanished["describes"], None, VANISHED))
    return News(pl.concat([newer, again]).sort("describes"), inferred, notices)


def splits_in_force(actions: pl.DataFrame) -> pl.DataFrame:
    """The newest word on every split; one that was inferred gives way to the same one given later, with its true day.

    actions: any rows with the columns of `facts.FACTS["actions"]`. A given split replaces an inferred one of the series
    when its ratio is the same and its ex-date is within MATCH_DAYS of the inferred one.
    """
    splits = actions.filter(pl.col("kind") == "split").sort("series", "describes", "known_at", maintain_order=True)
    splits = splits.unique(["series", "describes"], keep="last", maintain_order=True)
    inferred = splits.filter(pl.col("known_by") == "inferred")
    if not len(inferred):
        return splits
    given = splits.filter(pl.col("known_by") != "inferred").select("series", day="describes", ratio="value")
    near = (pl.col("day") - pl.col("describes")).dt.total_days().abs() <= MATCH_DAYS
    same = (pl.col("ratio") / pl.col("value") - 1).abs() <= MATCH_RATIO
    replaced = inferred.join(given, on="series").filter(near & same).select("series", "describes").unique()
    return splits.join(replaced, on=["series", "describes"], how="anti", maintain_order="left")


def other_news(table: str, fresh: pl.DataFrame, old: pl.DataFrame, now: datetime) -> News:
    """Compare facts of any other table with the newest stored rows: new keys are appended, other values restated."""
    keys = list(KEYS[table])
    match = [key for key in keys if key != "known_at"]
    values = [name for name in FACTS[table] if name not in (*keys, "known_at", "known_by")]
    name = next(key for key in ("series", "dataset", "group", "calendar") if key in keys)
    if not len(old):
        return News(fresh, _no_actions())
    if table == "observations":
        return _observation_news(fresh, old, now)
    both = fresh.join(
        old.select(*match, *values), on=match, how="left", suffix="_old", nulls_equal=True, maintain_order="left"
    )
    marked = old.select(match).with_columns(known=True)
    known = fresh.select(match).join(marked, on=match, how="left", nulls_equal=True, maintain_order="left")
    is_known = known["known"].fill_null(value=False)
    differs = both.select(pl.any_horizontal(_differs(pl.col(v), pl.col(f"{v}_old"), fresh.schema[v]) for v in values))
    restated = fresh.filter(is_known & differs.to_series()).with_columns(known_at=pl.lit(now, dtype=INSTANT))
    notices = tuple(
        _notice(str(group), rows["describes"], None, f"restated in {table}")
        for (group,), rows in restated.partition_by(name, as_dict=True, maintain_order=True).items()
    )
    return News(pl.concat([fresh.filter(~is_known), restated]), _no_actions(), notices)


def _observation_news(fresh: pl.DataFrame, old: pl.DataFrame, now: datetime) -> News:
    """Vintages are facts of their own instant; a lagged value that changed is a revision that this pull witnessed.

    So is a vintage that the source itself rewrote: the stored one stays as what was known then.
    """
    vintages = fresh.filter(_ARCHIVED)
    key = ["series", "describes", "known_at"]
    known = old.filter(_ARCHIVED).select(*key, old_value="value")
    new_vintages = vintages.join(known, on=key, how="anti", maintain_order="left")
    rewritten = vintages.join(known, on=key, maintain_order="left").filter(
        _differs(pl.col("value"), pl.col("old_value"), pl.Float64)
    )
    witnessed = old.filter(pl.col("known_by") == "pull").select("series", "describes", "value")
    rewritten = rewritten.join(witnessed, on=["series", "describes", "value"], how="anti", maintain_order="left")
    newest = old.filter(~_ARCHIVED).sort("known_at").group_by("series", "describes").last()
    lagged = fresh.filter(~_ARCHIVED)
    both = lagged.join(
        newest.select("series", "describes", old_value="value"),
        on=["series", "describes"],
        how="left",
        maintain_order="left",
    )
    differs = _differs(pl.col("value"), pl.col("old_value"), pl.Float64)
    revised = pl.concat([both.filter(pl.col("old_value").is_not_null() & differs), rewritten])
    changed = revised.drop("old_value").with_columns(known_at=pl.lit(now, dtype=INSTANT), known_by=pl.lit("pull"))
    added = both.filter(pl.col("old_value").is_null()).drop("old_value")
    notices = tuple(
        _notice(str(name), rows["describes"], (rows["value"] / rows["old_value"] - 1).abs().max(), "revised values")
        for (name,), rows in revised.partition_by("series", as_dict=True, maintain_order=True).items()
    )
    return News(pl.concat([new_vintages, added, changed]), _no_actions(), notices)


def _expected_scale(actions: pl.DataFrame) -> pl.Expr:
    """New / old price that known splits explain: splits after the session, between the two adjustment dates."""
    expected = pl.lit(1.0)
    for ex_date, ratio in actions.filter(pl.col("kind") == "split").select("describes", "value").iter_rows():
        after = pl.col("describes") < ex_date
        newly = (pl.col("adjusted_to") >= ex_date) & (pl.col("adjusted_to_old") < ex_date)
        undone = (pl.col("adjusted_to") < ex_date) & (pl.col("adjusted_to_old") >= ex_date)
        expected = expected * pl.when(after & newly).then(1 / ratio).when(after & undone).then(ratio).otherwise(1.0)
    return expected


def _scale(both: pl.DataFrame, column: str) -> float:
    """The factor of a whole history against the stored one: the median of new / old, when at least half agree on it.

    1 within the tolerance, and where the sessions do not agree: then they were restated one by one.
    """
    known = pl.lit(1.0) if column == "adj_close" else pl.col("expected")
    ratio = both.select(pl.col(column) / pl.col(f"{column}_old") / known).to_series().drop_nulls()
    middle = ratio.median() if len(ratio) else 1.0
    if not isinstance(middle, float) or abs(middle - 1) <= TOLERANCE / 10:
        return 1.0
    agree = int(((ratio / middle - 1).abs() <= TOLERANCE).sum())
    return middle if 2 * agree >= len(ratio) else 1.0


def _unscaled(fresh: pl.DataFrame, scale: float, old: pl.DataFrame) -> pl.DataFrame:
    """Rows on the stored scale again, for a new scale that no split explains yet: no session is there to carry one."""
    if scale == 1.0:
        return fresh
    prices = [pl.col(name) / scale for name in PRICES]
    basis = pl.lit(old["adjusted_to"].max(), dtype=pl.Date).alias("adjusted_to")
    return fresh.with_columns(*prices, pl.col("volume") * scale, basis)


def _restated(
    both: pl.DataFrame, scale: float, total_scale: float, name: str
) -> tuple[pl.Series, tuple[Mapping[str, object], ...]]:
    """The sessions whose values differ beyond the scale, and the notices about them."""
    factor = pl.col("expected") * scale
    off = {column: _ratio(column, factor) for column in PRICES}
    off["adj_close"] = _ratio("adj_close", pl.lit(total_scale))
    off["change"] = (pl.col("change") - pl.col("change_old")).abs()
    moved_by = (pl.col("volume") * factor - pl.col("volume_old")).abs()
    volume = moved_by > VOLUME_TOLERANCE * pl.col("volume_old").abs()
    filled = pl.any_horizontal(pl.col(c).is_not_null() & pl.col(f"{c}_old").is_null() for c in (*off, "volume"))
    lost = pl.any_horizontal(pl.col(c).is_null() & pl.col(f"{c}_old").is_not_null() for c in (*off, "volume"))
    told = both.select(
        "describes",
        worst=pl.max_horizontal(off.values()),
        volume=volume.fill_null(value=False),
        filled=filled,
        lost=lost,
    )
    moved = told.filter((pl.col("worst") > TOLERANCE) & ~pl.col("lost"))
    traded = told.filter(pl.col("volume") & ~pl.col("lost") & ~pl.col("describes").is_in(moved["describes"].to_list()))
    notices = []
    if len(moved):
        notices.append(_notice(name, moved["describes"], moved["worst"].max(), "restated prices"))
    if len(traded):
        notices.append(_notice(name, traded["describes"], None, f"volume restated by over {VOLUME_TOLERANCE:.0%}"))
    if told["lost"].any():
        lost_days = told.filter("lost")["describes"]
        notices.append(_notice(name, lost_days, None, WITHDRAWN))
    if abs(scale - 1) > TOLERANCE:
        notices.append(_notice(name, both["describes"], abs(scale - 1), RESCALED))
    again = told.filter(((pl.col("worst") > TOLERANCE) | pl.col("volume") | pl.col("filled")) & ~pl.col("lost"))
    return again["describes"], tuple(notices)


def _ratio(column: str, factor: pl.Expr) -> pl.Expr:
    return (pl.col(column) / pl.col(f"{column}_old") / factor - 1).abs()


def _inferred(fresh: pl.DataFrame, last: date, scale: float, name: str) -> pl.DataFrame:
    """A split action for a history that came on another scale; it takes effect at the first session that is new."""
    after = fresh.filter(pl.col("describes") > last)
    if abs(scale - 1) <= TOLERANCE or not len(after):
        return _no_actions()
    ex_date = _edge(after, first=True)
    opens = datetime.combine(ex_date, time(9, 30), NEW_YORK)
    row = {"series": name, "describes": ex_date, "known_at": opens, "kind": "split", "value": 1 / scale}
    return pl.DataFrame([{**row, "known_by": "inferred"}], schema=dict(FACTS["actions"]))


def _differs(new: pl.Expr, old: pl.Expr, kind: pl.DataType | type[pl.DataType]) -> pl.Expr:
    if kind == pl.Float64:
        return ((new - old).abs() > 1e-9 * old.abs()).fill_null(value=False) | (new.is_not_null() & old.is_null())
    return new.ne_missing(old)


def _edge(rows: pl.DataFrame, *, first: bool) -> date:
    days = rows["describes"].sort()
    edge: date = days[0] if first else days[-1]
    return edge


def _notice(name: str, days: pl.Series, largest: object, said: str) -> Mapping[str, object]:
    return {
        "series": name,
        "first": days.min(),
        "last": days.max(),
        "rows": len(days),
        "largest": largest,
        "said": said,
    }


def _no_actions() -> pl.DataFrame:
    return pl.DataFrame(schema=dict(FACTS["actions"]))
