"""Commentary files in, rulings out."""

from leadline.judgement.claims.check import check
from leadline.judgement.claims.model import Commentary, formulas_of
from leadline.judgement.claims.read import SHIPPED, load, parse, schema, shipped, source, template
from leadline.judgement.claims.rulings import Checked, Ruling

__all__ = [
    "SHIPPED",
    "Checked",
    "Commentary",
    "Ruling",
    "check",
    "formulas_of",
    "load",
    "parse",
    "schema",
    "shipped",
    "source",
    "template",
]
