"""Requests to other people's servers: polite (robots.txt, one request to a host at a time) and safe (limits on time,
size and addresses).
"""

from recirc.sources.fetching.fetcher import Fetcher

__all__ = ["Fetcher"]
