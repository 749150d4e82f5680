"""The functions of the language, one family a file. Each file ends in a tuple `ENTRIES`."""
