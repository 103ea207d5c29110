"""Registration and marks files → validated, immutable score books; what is not right goes to quarantine."""
