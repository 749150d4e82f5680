"""Whether saying it paid: the walk-forward probability, replay of cards, and their score."""
