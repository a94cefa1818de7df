"""A fifth invented set, written before its writer had read the rules: 36 stories, nine makers, nine scrapers."""
