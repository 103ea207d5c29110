"""Backups of a whole installation, and their restoring. Two files: the data, and the keys that open them."""
