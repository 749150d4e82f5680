"""Sessions by series, cut at one instant."""
