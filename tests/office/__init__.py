"""The office in the browser: its guards, its sign-in, its pages."""
