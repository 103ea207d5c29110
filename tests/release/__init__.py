"""Tests of the stage `release`."""
