"""Tables of this stage, in order."""
