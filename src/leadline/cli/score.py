"""`leadline score`: what past cards said, and how they did."""

from __future__ import annotations

from leadline.cli.options import AsJson, Home, home_of
from leadline.cli.output import columns, on_terminal, print_json, say


def score(home: Home = None, as_json: AsJson = False) -> None:
    """What past cards said, and how they did, failures first: `leadline score`.

    Every `leadline brief` puts its card into the journal of the ledger; briefs of past days (`--as-of`) count too.
    """
    from leadline import api
    from leadline.publish.record.terminal import score_text

    found = api.score(home=home_of(home))
    if as_json:
        print_json({"scores": found})
    else:
        say(score_text(found, width=columns(), colour=on_terminal()))
