"""Django's settings and urls, one set per process, and the one way to start it."""
