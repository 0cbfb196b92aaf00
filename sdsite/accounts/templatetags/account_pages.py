"""What the account pages need to know of the site."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def signup_is_open() -> bool:
    """Return whether strangers may make accounts."""
    return bool(settings.ACCOUNT_SIGNUP_OPEN)
