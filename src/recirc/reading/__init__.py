"""Ways to read what comes from outside: rows, columns, lines, dates, addresses. Shared by sources and importers."""
