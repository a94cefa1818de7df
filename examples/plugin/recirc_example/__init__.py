"""A source kind, an importer and a shelf for Recirc; docs/plugins.md explains them."""
