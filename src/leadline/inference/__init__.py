"""What tends to follow what: statistics as pure functions, arrays in and numbers out."""
