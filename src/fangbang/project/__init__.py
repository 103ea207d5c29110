"""One installation of the office: Django's settings and start-up, its server, databases and stores, and what verbs,
pages and jobs do alike across rooms."""
