"""The desk: searches, previews, lists of passers."""
