"""The project's own benches: `python -m bench lookup|pipeline`."""
