"""Pages for the newsroom, behind an API key.

Today they show the sources and how they are doing. What editors do all day belongs here as well: sign in, set pins
and rules and see their effect beforehand, overrule findings, correct and withdraw articles, and read the history of
decisions. Each page has a file of its own and is listed in `routes.py`; nothing here opens a store or decides what a
shelf shows.
"""
