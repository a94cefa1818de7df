"""Composes API, portal and desk into one app, and runs the processes of `recirc serve`."""
