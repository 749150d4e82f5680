"""What we say, and whether saying it paid."""
