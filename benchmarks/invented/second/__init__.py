"""More invented pages, told by other words, makers and scrapers than the first two sets: portions "a" and "b"."""
