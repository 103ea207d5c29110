"""Fangbang 放榜: publishes the results of national examinations."""

__version__ = "0.1.0"
