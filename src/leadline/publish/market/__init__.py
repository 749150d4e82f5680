"""The whole market, told: breadth, movers and scans as text and as JSON documents."""

from leadline.publish.market.documents import breadth_document, movers_document, scan_document
from leadline.publish.market.terminal import breadth_text, movers_text, scan_text

__all__ = ["breadth_document", "breadth_text", "movers_document", "movers_text", "scan_document", "scan_text"]
