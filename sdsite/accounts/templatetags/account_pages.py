"""Template tags of the account pages."""

import re

from django import template
from django.conf import settings
from django.forms import BoundField
from django.template.defaultfilters import stringfilter
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def signup_is_open() -> bool:
    """Tell whether visitors may create accounts."""
    return bool(settings.ACCOUNT_SIGNUP_OPEN)


@register.filter(is_safe=True)
@stringfilter
def sentence_case(text: str) -> str:
    """Return an English heading or label of allauth in sentence case: "Change Password" -> "Change password"."""
    if get_language() != "en":
        return text
    return re.sub(r"(?<=\S[\s-])[A-Z](?=[a-z]+\b)", lambda letter: letter[0].lower(), text)


@register.filter
def tidy_placeholder(field: BoundField) -> BoundField:
    """Put the placeholder of a field of allauth in sentence case."""
    attributes = field.field.widget.attrs
    if "placeholder" in attributes:
        attributes["placeholder"] = sentence_case(attributes["placeholder"])
    return field
