"""A fourth invented set, only measured: pages written out one by one, each in a form of its own."""
