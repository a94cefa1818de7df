"""Reading of values from outside: rows, columns, lines, dates, addresses. Shared by sources and importers."""
