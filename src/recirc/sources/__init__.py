"""Live sources of articles, one file for each kind. What cannot be read is rejected, never guessed."""
