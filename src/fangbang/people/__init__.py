"""Persons: their identity documents and names; which documents are one person's, decided by two people."""
