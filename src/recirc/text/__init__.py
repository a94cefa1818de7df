"""Text processing: cleaning, slugs, language, topics, vectors, near-copies. Independent of store and events."""
