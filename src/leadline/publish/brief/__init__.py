"""The brief: one record, four renderings."""

from leadline.publish.brief.build import build
from leadline.publish.brief.record import Brief, as_json
from leadline.publish.brief.write import write

__all__ = ["Brief", "as_json", "build", "write"]
