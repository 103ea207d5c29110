"""The score query as one writes it on Django + PostgreSQL + Redis."""
