"""Django's handle of this stage."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The accounts stage."""

    name = "fangbang.accounts"
    label = "accounts"
