"""The written playbook: roles, groups and (later) evidence lines."""

from leadline.judgement.playbook.choose import choose, fitting, names_of, ratio_field, reach
from leadline.judgement.playbook.model import Playbook, Ratio, Series
from leadline.judgement.playbook.read import load, shipped

__all__ = ["Playbook", "Ratio", "Series", "choose", "fitting", "load", "names_of", "ratio_field", "reach", "shipped"]
