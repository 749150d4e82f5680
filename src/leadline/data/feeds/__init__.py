"""One file a source. A feed reads its source and hands over facts; it writes nothing."""
