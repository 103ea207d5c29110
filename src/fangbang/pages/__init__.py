"""What every public page shares: texts in two languages, templates, static files. No Django, no clock, no network."""
