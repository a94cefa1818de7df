"""What a text is about: clean text, slugs, vectors and near-copies. Nothing here knows of stores or events."""
