"""The portal: an ASGI app of pages and the API, each a thin skin over the Engine."""
