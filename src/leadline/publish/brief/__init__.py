"""The brief: one record, four renderings."""
