"""Dumps of other systems and files of our own, one file a form."""
