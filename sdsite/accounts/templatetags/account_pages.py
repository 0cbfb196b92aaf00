"""Template tags of the account pages."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def signup_is_open() -> bool:
    """Tell whether visitors may create accounts."""
    return bool(settings.ACCOUNT_SIGNUP_OPEN)
