"""The verbs of `fangbang release`, by part of the way."""
