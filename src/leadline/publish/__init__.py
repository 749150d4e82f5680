"""How it is told: renderings of records. No number is born here."""
