"""What stands on a page, HTML or text: the article and its parts, and everything that surrounds it."""
