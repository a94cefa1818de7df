"""What a text is about: clean text, slugs, vectors, near-copies. Nothing here knows of stores or events."""
