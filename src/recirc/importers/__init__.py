"""Importers of what other systems export, one file each, and of files of our own form."""
