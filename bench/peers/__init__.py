"""What we measure ourselves against: nginx, FastAPI and Django, each set up as one would run it in earnest."""
