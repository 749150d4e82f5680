"""Scans: which stocks fulfil written conditions today, and what followed when others did."""

from leadline.judgement.scans.follow import Followed, Following, followed
from leadline.judgement.scans.model import Scan
from leadline.judgement.scans.read import find, load, shipped
from leadline.judgement.scans.run import Hit, ScanResult, run_scan

__all__ = ["Followed", "Following", "Hit", "Scan", "ScanResult", "find", "followed", "load", "run_scan", "shipped"]
