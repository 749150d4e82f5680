"""Reading the ledger at a cut."""
