"""Long work that somebody started from a page: kept durably, done one after another by a process of its own."""
