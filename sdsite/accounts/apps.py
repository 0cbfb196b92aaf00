"""Django app of users, API keys and the audit log."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Configuration with the label "accounts", so that tables and permissions are named accounts_user."""

    name = "sdsite.accounts"
    label = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        """Connect the receivers of signals."""
        # The models are there only now.
        from sdsite.accounts.notices import new_devices  # noqa: F401
        from sdsite.accounts.notices.push import signing_out  # noqa: F401
        from sdsite.accounts.required_steps import second_factor  # noqa: F401
        from sdsite.accounts.sessions import activity, sign_ins  # noqa: F401
