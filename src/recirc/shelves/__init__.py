"""The three shelves: what each proposes, why, and who gets which slot."""
