"""How evidence is told: what followed, how rare, whether it persists, who leads whom; as text, documents and charts."""
