"""What was known, and when: feeds read sources, the ledger keeps facts, the panel shows them as known at a cut."""
