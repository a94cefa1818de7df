"""Pages for the newsroom."""
