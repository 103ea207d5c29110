"""Every staff act, hash-chained. `actions.record` is the only way in; nothing here imports another stage."""
