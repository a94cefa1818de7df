"""What API, portal and desk share: access, limits, problem details, caching, templates, links."""
