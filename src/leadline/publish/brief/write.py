"""Writing a brief into a folder: all of it or nothing, and the same bytes for the same record."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from leadline.core.errors import RequestError
from leadline.data.panel.panel import Panel
from leadline.publish.brief import html, markdown
from leadline.publish.brief.record import Brief, as_json
from leadline.publish.look.drawing import Chart
from leadline.publish.look.workshop import Helper, Picture, opened, pictures

#: every chart that a brief can have: those that are not drawn now are taken away
NAMES = (
    *("ratio", "levels", "strength", "rotation", "distribution"),
    *("fan", "participation", "macro", "drawdowns"),
)
WITHOUT = "The charts were not drawn."


def write(
    brief: Brief, panel: Panel | None, folder: Path, *, charts: bool = True, svg: bool = False, helper: Helper = None
) -> tuple[Path, ...]:
    """Write brief.html, brief.md, brief.json and charts/*.png; return their paths, in this order.

    charts: False leaves them out, and with them the time and the libraries that drawing takes. svg: True writes each as
    charts/*.svg too. Everything is made in a
    folder beside `folder` first; then a new `folder` appears by one rename, and in one that exists each file is
    replaced by a rename. Other files there stay, a chart of an earlier brief that this one does not draw goes. `panel`
    is not looked at: the record carries what is drawn. helper: a drawing process that was opened early
    (`look.workshop.opened`); None opens one. Raises RequestError where the folder cannot be written.
    """
    made = render(brief, panel, charts=charts, svg=svg, helper=helper)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = folder.absolute().parent / f".{folder.absolute().name}.{os.getpid()}.partial"
        try:
            _fill(aside, made)
            _move(aside, folder, made)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise RequestError(
            f"folder {folder} for the brief",
            found=error.strerror or str(error),
            expected="a folder that can be written",
            todo="name another with --out",
        ) from error
    return tuple(folder / name for name in made)


def render(
    brief: Brief,
    panel: Panel | None = None,  # noqa: ARG001 - as `write` has it
    *,
    charts: bool = True,
    svg: bool = False,
    helper: Helper = None,
) -> dict[str, bytes]:
    """Every file of the brief by its name inside the folder. The same record gives the same bytes."""
    drawn, undrawn = _charts(brief) if charts else ((), (WITHOUT,))
    found = _pictures(drawn, helper)
    return {
        "brief.html": html.page(brief, drawn, found, undrawn).encode(),
        "brief.md": markdown.text(brief, drawn, undrawn).encode(),
        "brief.json": document(brief).encode(),
        **{f"charts/{name}.png": picture.png for name, picture in found.items()},
        **({f"charts/{name}.svg": picture.framed.encode() for name, picture in found.items()} if svg else {}),
    }


def document(brief: Brief) -> str:
    """The brief as a JSON text, as it is written."""
    return json.dumps(as_json(brief), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _charts(brief: Brief) -> tuple[tuple[Chart, ...], tuple[str, ...]]:
    from leadline.publish.brief.charts import charts, undrawn

    return charts(brief), undrawn(brief)


def _pictures(drawn: tuple[Chart, ...], helper: Helper) -> dict[str, Picture]:
    if helper is not None or not drawn:
        return pictures(drawn, helper)
    with opened() as own:
        return pictures(drawn, own)


def _fill(aside: Path, made: dict[str, bytes]) -> None:
    shutil.rmtree(aside, ignore_errors=True)  # what a killed process of the same number left
    (aside / "charts").mkdir(parents=True)
    for name, content in made.items():
        (aside / name).write_bytes(content)


def _move(aside: Path, folder: Path, made: dict[str, bytes]) -> None:
    if not folder.exists():
        aside.rename(folder)
        return
    (folder / "charts").mkdir(parents=True, exist_ok=True)
    for name in made:
        (aside / name).replace(folder / name)
    for name in (f"charts/{chart}.{form}" for chart in NAMES for form in ("png", "svg")):
        if name not in made:
            (folder / name).unlink(missing_ok=True)
