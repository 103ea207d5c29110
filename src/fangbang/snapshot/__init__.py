"""The sealed format (docs/reference/snapshot-v1.md): layout, derivation, writer, reader, verifier, board. No Django."""
