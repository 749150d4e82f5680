"""The brief: one record, four renderings, and what changed between two of them."""

from leadline.publish.brief.build import build
from leadline.publish.brief.compare import Comparison, compare, with_comparison
from leadline.publish.brief.inputs import wanted
from leadline.publish.brief.record import Brief, as_json
from leadline.publish.brief.schema import schema
from leadline.publish.brief.write import document, render, write

__all__ = [
    "Brief",
    "Comparison",
    "as_json",
    "build",
    "compare",
    "document",
    "render",
    "schema",
    "wanted",
    "with_comparison",
    "write",
]
