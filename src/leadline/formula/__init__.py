"""The language: anything measurable in one line, unable to look ahead."""
