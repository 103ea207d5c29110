"""Tests of the stage `audit`."""
