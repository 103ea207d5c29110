"""Synthetic sittings: people who never lived, marks drawn from fitted real distributions, a marking centre's files."""
