"""Tests of the stage `accounts`."""
