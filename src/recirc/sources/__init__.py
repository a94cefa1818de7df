"""Live sources of articles, one file a kind. What cannot be taken is rejected, never guessed."""
