"""The backend as Django wants it: a package with `base`."""
