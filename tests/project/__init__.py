"""Tests of the stage `project`."""
