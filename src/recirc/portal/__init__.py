"""Pages for readers, feeds and sitemaps."""
