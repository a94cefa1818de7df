"""From incoming articles to published ones: inspection, polls, bulk import."""
