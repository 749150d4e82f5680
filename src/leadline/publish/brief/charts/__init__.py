"""The charts of a brief, one file each; `all_charts` gives those that the record has numbers for, in the page's order.

All numbers come from the record; a chart only places and words them. One whose numbers are missing is not drawn:
`undrawn` says which, and why.
"""

from leadline.publish.brief.charts.catalogue import NAMES, charts, undrawn

__all__ = ["NAMES", "charts", "undrawn"]
