"""Pictures: decoded in a process of their own, in the sizes that pages need, kept in a folder by their content."""
