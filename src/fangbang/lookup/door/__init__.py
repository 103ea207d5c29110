"""The public HTTP/1.1 door of a lookup node: strict, small, with one very short way for the score query."""
