"""One person's result in front of staff: previews before the hour, the desk's search after it, lists of passers."""
