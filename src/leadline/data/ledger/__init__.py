"""The store of facts: append-only tables with atomic versions, readers that never see half a write, one writer."""
