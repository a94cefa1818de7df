"""Pages for the newsroom, behind accounts with roles.

`guard` stands before each page: who sends the request, whether the role admits it (`permissions`, one table of all
routes), whether a form came from our own page. Each page has a file of its own and is listed in `routes`. Nothing here
opens a store or decides what a shelf shows: what is done is a command, and is noted in the audit trail.
"""
