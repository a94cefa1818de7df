"""What a reader may want next: candidates from every source, and a score for each."""
