"""How past cards did, told: failures first."""
