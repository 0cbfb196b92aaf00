"""Box that accepts the terms of use, for the sign-up and for the page between."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from sdsite.accounts.models import TermsVersion


def add_terms(form: forms.BaseForm, terms: TermsVersion | None) -> None:
    """Let `form` ask for the acceptance of `terms`, if there are any.

    The box has the version in its name: who read another one has not ticked it.
    """
    if terms is not None:
        missing = _("Accept the terms of use to go on.")
        form.fields[f"terms_{terms.number}"] = forms.BooleanField(
            label=_("I accept the terms of use"), error_messages={"required": missing}
        )


class TermsForm(forms.Form):
    """Form of the page that asks for the terms."""

    def __init__(self, terms: TermsVersion | None, *args: Any, **kwargs: Any) -> None:
        """Ask for `terms`."""
        super().__init__(*args, **kwargs)
        add_terms(self, terms)
