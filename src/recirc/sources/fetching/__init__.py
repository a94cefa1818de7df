"""Fetching from servers of others: politely (robots.txt, one request a host at a time) and safely (bounds on time,
size and addresses).
"""

from recirc.sources.fetching.client import Fetcher

__all__ = ["Fetcher"]
