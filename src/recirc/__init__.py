"""Recirc: a self-hosted news portal with its own recirculation engine."""

__version__ = "0.1.0"
