"""Form of a rule, checked by the same schema as the API's."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from pydantic import ValidationError
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from gallery.models import Rule
from gallery.rules.changes import said_by
from gallery.rules.content import RuleContent

OF_ROW = ("name", "enabled", "scope", "decision", "order", "roles")
OF_PROMPTS = ("words", "expression", "negative")
OF_CHECKER = ("label", "least_score")
OF_PUBLICATIONS = ("publications", "minutes", "days")
OWN_SCOPE = {"checker": OF_CHECKER, "burst": ("publications", "minutes"), "new_account": ("days",)}


def _text(lines: bool = False) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3}) if lines else UnfoldAdminTextInputWidget()
    return forms.CharField(required=False, widget=widget)


def _number() -> forms.IntegerField:
    return forms.IntegerField(required=False, widget=UnfoldAdminIntegerFieldWidget())


class RuleForm(forms.ModelForm):
    """Form of a rule; `content` is what it says, once it is valid. Empty numbers have the schema's defaults."""

    reason = _text()
    words = _text(lines=True)
    expression = _text(lines=True)
    negative = forms.BooleanField(
        required=False, label="Negative prompts too", initial=True, widget=UnfoldBooleanSwitchWidget
    )
    label = _text()
    least_score = forms.FloatField(required=False, widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}))
    publications = _number()
    minutes = _number()
    days = _number()
    content: RuleContent

    class Meta:
        """The columns of the row."""

        model = Rule
        fields = OF_ROW

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Fill in what the rule says now, and the schema's help."""
        super().__init__(*args, **kwargs)
        said = said_by(self.instance) if self.instance.pk else None
        for name, field in self.fields.items():
            described = RuleContent.model_fields[name]
            field.help_text = (described.description or "").replace("`", "")
            if name not in OF_ROW:
                field.initial = said[name] if said else described.default
        if "roles" in self.fields:
            self.fields["roles"].help_text = "It binds people with one of them; none: everybody."

    def clean(self) -> dict[str, Any]:
        """Build the content; what it refuses is said at the field."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        own = OWN_SCOPE.get(cleaned["scope"], ())
        others = {name for names in (OF_CHECKER, OF_PUBLICATIONS) for name in names} - set(own)
        values = {name: value for name, value in cleaned.items() if value is not None and name not in others}
        values["roles"] = [group.pk for group in cleaned.get("roles") or Group.objects.none()]
        try:
            self.content = RuleContent(**values)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                name = str(problem["loc"][0]) if problem["loc"] else None
                message = str(problem["msg"]).removeprefix("Value error, ")
                self.add_error(name if name in self.fields else None, message)
        return cleaned
