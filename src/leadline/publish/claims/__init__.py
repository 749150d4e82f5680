"""Rulings on a commentary, told four ways: terminal, Markdown, one HTML page, JSON."""

from leadline.publish.claims.record import as_json

__all__ = ["as_json"]
