"""The tests, by stage."""
