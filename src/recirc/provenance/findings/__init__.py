"""The kinds of finding, one file each, found by `check.checks`."""
