"""The people: users, API keys, audit trail."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Label "accounts", so that tables and permissions read accounts_user."""

    name = "sdsite.accounts"
    label = "accounts"
    verbose_name = "People"
