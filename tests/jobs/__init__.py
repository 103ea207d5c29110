"""Jobs: asked for, taken, ended."""
