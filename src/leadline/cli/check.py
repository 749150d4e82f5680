"""`leadline check`: a ruling for every claim of a commentary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.completion import complete_commentary
from leadline.cli.options import AsJson, Home, day_of, home_of
from leadline.cli.output import columns, note, on_terminal, print_json, say
from leadline.core.errors import RequestError

if TYPE_CHECKING:
    from leadline.judgement.claims import Checked, Commentary

Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE",
        help="A commentary file, or the name of a shipped one.",
        show_default=False,
        autocompletion=complete_commentary,
    ),
]
Later = Annotated[
    str | None,
    typer.Option("--later", metavar="DATE", help="Add what happened until then, marked as such.", show_default=False),
]
Out = Annotated[
    Path | None, typer.Option("--out", help="Write a page or a note too: .html or .md.", show_default=False)
]
Template = Annotated[bool, typer.Option("--template", help="Print a starter file and stop.")]
Schema = Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the format and stop.")]


def check(
    files: Files = None,
    *,
    later: Later = None,
    out: Out = None,
    template: Template = False,
    schema: Schema = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Rule on a commentary: `leadline check letter.yaml`, or `leadline check rise-2024` for a shipped one.

    Every claim is measured as of the author's close. `leadline check --template > letter.yaml` begins a new file.
    """
    from leadline import api
    from leadline.judgement import claims
    from leadline.publish.claims import as_json as document
    from leadline.publish.claims.terminal import text

    if template or schema:
        if template:
            say(claims.template())
        else:
            print_json(claims.schema())
        return
    if not files:
        raise RequestError("check", found="no file", expected="leadline check FILE", todo="or --template to begin one")
    until = day_of(later, "--later")
    checked = [api.check(_commentary(name), home=home_of(home), later=until) for name in files]
    if as_json:
        documents = [document(one) for one in checked]
        print_json({"files": documents} if len(documents) > 1 else documents[0])
    else:
        say("\n\n".join(text(one, width=columns(), colour=on_terminal()) for one in checked))
    if out is not None:
        _write(checked, out)


def _commentary(name: str) -> Commentary:
    """The file of that name, else the shipped commentary of that name."""
    from leadline.judgement import claims

    if Path(name).exists():
        return claims.load(Path(name))
    if name in claims.SHIPPED:
        return claims.parse(claims.source(name), f"{name}.yaml")
    shipped = ", ".join(claims.SHIPPED)
    raise RequestError(f"commentary {name}", found="no such file", expected=f"a file, or one of {shipped}")


def _write(checked: list[Checked], out: Path) -> None:
    from leadline.core.files import write_whole
    from leadline.publish.claims import html, markdown

    if out.suffix not in (".html", ".md") or len(checked) != 1:
        expected = "one commentary and a file that ends in .html or .md"
        raise RequestError(f"--out {out}", found=f"{len(checked)} commentaries", expected=expected)
    page = html.page(checked[0]) if out.suffix == ".html" else markdown.text(checked[0])
    write_whole(out, page.encode())
    note(f"Written to {out}")
