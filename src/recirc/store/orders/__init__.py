"""Orders: what gives the commands of a store their one sequence. `order.py` is the port; each other file one engine."""
