"""Everything learned, as a fold over the log: one statistic a file."""
