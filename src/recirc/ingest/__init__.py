"""From what arrives to what is published: inspection, poll runs, bulk import."""
