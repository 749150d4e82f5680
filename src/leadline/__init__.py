"""Leadline sounds the market's leadership: who leads, is it real, how rare is it, and what followed."""

__version__ = "0.1.0"
