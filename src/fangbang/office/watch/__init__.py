"""The result-day board: what the query nodes say of themselves, gathered, judged and drawn."""
