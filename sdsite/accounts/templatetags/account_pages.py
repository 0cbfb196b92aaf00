"""Template tags of the account pages."""

import re
from typing import Any

from django import template
from django.forms import BoundField
from django.template.defaultfilters import stringfilter
from django.utils.translation import get_language

from sdsite.accounts.joining.invitations import may_invite
from sdsite.accounts.joining.signup import admission_of
from sdsite.accounts.models import IdentityProvider
from sdsite.accounts.required_steps.terms import current_terms

register = template.Library()


@register.simple_tag(takes_context=True)
def signup_is_open(context: Any) -> bool:
    """Tell whether the visitor may create an account."""
    return admission_of(context["request"]).is_open


@register.simple_tag(takes_context=True)
def may_make_invitations(context: Any) -> bool:
    """Tell whether the person may invite others."""
    return may_invite(context["request"].user)


@register.simple_tag
def identity_providers() -> list[IdentityProvider]:
    """Return the providers at which people may sign in."""
    return list(IdentityProvider.objects.filter(enabled=True))


@register.simple_tag
def has_terms() -> bool:
    """Tell whether the site has terms of use."""
    return current_terms() is not None


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
