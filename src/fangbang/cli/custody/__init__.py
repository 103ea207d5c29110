"""The verbs of `fangbang keeper` for production custody: people's keys, officers' acts, escrow."""
