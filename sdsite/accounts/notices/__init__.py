"""Notices: what happened, told to the person whom it concerns, on the site and by the ways that they chose."""

from sdsite.accounts.notices.store import notify

__all__ = ["notify"]
