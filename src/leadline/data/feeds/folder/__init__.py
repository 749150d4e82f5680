"""A folder of the user's own files, laid out as in docs/20-data.md, read into facts. One file a kind of content."""

from leadline.data.feeds.folder.feed import Folder

__all__ = ["Folder"]
