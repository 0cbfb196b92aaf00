"""Admin of adapters: add by path or by a scan of the folders, enable and disable."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from gallery.search.meaning import index
from generation.checkpoints import adapters, effects
from generation.checkpoints.actions import free_slug
from generation.errors import GenerationError
from generation.families import FAMILIES
from generation.models import Adapter
from generation.models.adapter import get_adapter_folder
from generation.weights.adapter_inspection import inspect_weights
from sdsite.accounts import audit
from sdsite.accounts.admin_base import AuditedAdmin, ask, chosen, confirm_first, get_actor, go_to

MEASURED = ("facts", "weight", "sha256", "last_error", "created_at")
WRITTEN = (
    "kind",
    "title",
    "slug",
    "description",
    "licence",
    "location",
    "family",
    "enabled",
    "trigger_words",
    "default_weight",
    "token",
)


class AdapterForm(forms.ModelForm):
    """Form of an adapter; blank fields are read from the header of its weights."""

    family = forms.ChoiceField(
        choices=[("", "As the weights say"), *((key, row.label) for key, row in FAMILIES.items())],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Blank for upscalers and search models; some autoencoders and embeddings need it chosen.",
    )

    class Meta:
        """The fields of the form."""

        model = Adapter
        fields = WRITTEN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let title and slug be blank: they come from the file's name."""
        super().__init__(*args, **kwargs)
        for name in ("title", "slug"):
            self.fields[name].required = self.fields[name].widget.is_required = False

    def clean(self) -> dict[str, Any]:
        """Find and inspect the weights, then fill the blank fields."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        moved = {"kind", "location"} & set(self.changed_data) or self.instance.pk is None
        if moved and cleaned.get("kind") and cleaned.get("location"):
            self._take_weights(cleaned)
        if not self.errors and not cleaned["family"] and cleaned["kind"] not in Adapter.WITHOUT_FAMILY:
            self.add_error("family", "Choose the family: the header does not say which checkpoints it fits.")
        if not self.errors and not cleaned["token"] and cleaned["kind"] == Adapter.Kind.EMBEDDING:
            self.add_error("token", "The token of an embedding must be one word.")
        return cleaned

    def _take_weights(self, cleaned: dict[str, Any]) -> None:
        kind, location = cleaned["kind"], cleaned["location"].strip()
        path = get_adapter_folder(kind) / location
        try:
            weights = inspect_weights(kind, path)
        except GenerationError as error:
            self.add_error("location", error.message)
            return
        except (OSError, ValueError) as error:  # a name that is too long, or holds NUL
            self.add_error("location", f"It cannot be read: {error}.")
            return
        stated = cleaned.get("family")
        if stated and weights.family and stated != weights.family:
            label = FAMILIES[weights.family].label
            self.add_error("family", f"These weights are for {label}; choose that or leave it blank.")
            return
        name = path.stem if path.is_file() else path.name
        cleaned["location"] = location
        cleaned["title"] = cleaned.get("title") or weights.title or name[:120]
        cleaned["slug"] = cleaned.get("slug") or free_slug(name, adapter_kind=kind)
        for one in ("family", "description", "licence", "trigger_words", "token"):
            cleaned[one] = cleaned.get(one) or getattr(weights, one)
        adapters.set_header_facts(self.instance, weights)


@admin.register(Adapter)
class AdapterAdmin(AuditedAdmin):
    """Adapters. An enabled one can be used at once: the next job that names it loads it."""

    form = AdapterForm
    list_display = ("title", "slug", "kind", "family", "state", "facts", "weight", "last_error")
    list_filter = ("enabled", "kind", "family")
    search_fields = ("title", "slug", "location", "description", "trigger_words", "token")
    readonly_fields = MEASURED
    actions = ("enable", "disable", "rebuild_index")
    actions_list = ("scan",)
    effects_of_deleting = staticmethod(effects.of_deleting_adapters)
    fieldsets = (
        (
            None,
            {
                "fields": ("kind", "location", "family", ("title", "slug"), "description", "licence", "enabled"),
                "description": "A path below the kind's folder in the site's data (loras, embeddings, vaes and so on), "
                "or an absolute one. Headers are read when you save; nothing is loaded.",
            },
        ),
        ("Usage", {"fields": ("trigger_words", "default_weight", "token")}),
        ("Read from the weights", {"fields": MEASURED}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Hide what is read from weights while there are none."""
        return self.fieldsets if obj else self.fieldsets[:-1]

    @display(description="State", label={"enabled": "success", "disabled": ""})
    def state(self, adapter: Adapter) -> str:
        """Return whether it is enabled."""
        return "enabled" if adapter.enabled else "disabled"

    @display(description="Facts")
    def facts(self, adapter: Adapter) -> str:
        """Return the facts of the header in a line."""
        parts = [f"{name.replace('_', ' ')} {value}" for name, value in adapter.meta.items() if name != "frequent_tags"]
        model = index.current_model() if adapter.kind == Adapter.Kind.SEARCH_MODEL and adapter.enabled else None
        if model is not None and model.sha256 == adapter.sha256:
            progress = index.count_progress(model)
            parts.append(f"{progress.indexed:,} of {progress.images:,} images indexed")
        return ", ".join(parts) or "–"

    @display(description="Size of the weights")
    def weight(self, adapter: Adapter) -> str:
        """Return the size on disk."""
        return filesizeformat(adapter.size_bytes) if adapter.size_bytes else "–"

    @action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Adapter]) -> None:
        """Enable the selected adapters."""
        self._set_enabled(request, queryset, True)

    @action(description="Disable", permissions=["change"])
    @confirm_first("Disable", effects.of_disabling_adapters)
    def disable(self, request: HttpRequest, queryset: QuerySet[Adapter]) -> None:
        """Disable the selected adapters."""
        self._set_enabled(request, queryset, False)

    def _set_enabled(self, request: HttpRequest, queryset: QuerySet[Adapter], enabled: bool) -> None:
        changed = [
            adapters.set_enabled(adapter=adapter, enabled=enabled, actor=get_actor(request))
            for adapter in chosen(queryset)
        ]
        word = "enabled" if enabled else "disabled"
        why = f"already {word}, or of unknown family" if enabled else f"already {word}"
        self.say(request, sum(changed), word, left=len(changed) - sum(changed), why=why)

    @action(description="Rebuild the index of search by meaning", permissions=["change"])
    @confirm_first("Rebuild the index", effects.of_rebuilding)
    def rebuild_index(self, request: HttpRequest, queryset: QuerySet[Adapter]) -> None:
        """Begin the index anew if the search model in use is selected."""
        model = index.current_model()
        if model is None or not queryset.filter(kind=Adapter.Kind.SEARCH_MODEL, sha256=model.sha256).exists():
            self.message_user(request, "Select the search model that is in use.", messages.WARNING)
            return
        with transaction.atomic():
            index.rebuild()
            audit.record(actor=get_actor(request), action="meaning.rebuilt", target=model.title)
        self.message_user(request, "A worker indexes all images anew while nothing else runs.", messages.SUCCESS)

    @action(
        description="Scan for models",
        permissions=["add"],
        icon="folder_open",
        dialog=ask(
            "Scan the folders for models?",
            "Weights that lie in the site's folders and have no row yet are added; nothing is loaded or removed.",
            "Scan",
        ),
    )
    def scan(self, request: HttpRequest, form: Any = None) -> HttpResponse:
        """Add the adapters found in the folders."""
        found = adapters.scan()
        self.message_user(request, f"{len(found.added)} added.", messages.SUCCESS)
        for path, why in list(found.refused.items())[:20]:
            self.message_user(request, f"{path.name}: {why}", messages.WARNING)
        return go_to(request, reverse("admin:generation_adapter_changelist"))
