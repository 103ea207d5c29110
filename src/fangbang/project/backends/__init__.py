"""Django's database backends, with one thing added: what a transaction changed is sealed before it ends."""
