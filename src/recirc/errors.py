"""The base of all errors that whoever runs Recirc can correct."""


class UserError(Exception):
    """What was asked for cannot be done as it stands; the text says what is wrong, where, and what to do.

    `recirc` prints the text as one line on standard error and ends with exit code 2. Any other exception is a fault
    of the program and keeps its traceback.
    """
