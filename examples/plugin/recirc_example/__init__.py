"""A source kind and an importer for Recirc; docs/plugins.md explains them."""
