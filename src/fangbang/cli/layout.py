"""The folders of an installation, where the verbs look for them."""

from fangbang.project.layout import Layout

__all__ = ["Layout"]
