"""Invented pages, honest and dishonest, in twelve languages: what `benchmarks/inspection.py` measures on."""
