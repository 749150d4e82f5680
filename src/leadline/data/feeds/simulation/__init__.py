"""The parts of the simulated market: its sessions and factors, what is planted in them, and the facts made of them."""
