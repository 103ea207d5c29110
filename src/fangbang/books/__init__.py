"""Score books: encrypted, immutable Parquet files named by a keyed hash of their rows."""
