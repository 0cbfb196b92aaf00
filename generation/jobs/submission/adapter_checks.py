"""Look-up and checks of the adapters that parameters name, at submission and again in the worker."""

from django.db.models import Case, Q, Value, When

from generation.errors import JobRefused
from generation.limits import Limits, refuse_unless_allowed
from generation.models import Adapter, Checkpoint
from generation.parameters.adapters import Named, named_adapters
from generation.parameters.per_image import generated_images
from generation.parameters.schema import ResolvedParameters

_LISTED = 20


def find_adapter(kind: str, name: str, *, family: str = "") -> Adapter | None:
    """Return the enabled adapter with this slug or title, ignoring case; one of `family` is preferred."""
    rows = Adapter.objects.enabled().of_kind(kind).filter(Q(slug__iexact=name) | Q(title__iexact=name))
    better = Case(
        When(family__in=[family, ""], slug=name, then=Value(0)),
        When(family__in=[family, ""], then=Value(1)),
        When(slug=name, then=Value(2)),
        default=Value(3),
    )
    return rows.order_by(better, "pk").first()


def check_adapters(resolved: ResolvedParameters, checkpoint: Checkpoint, limits: Limits) -> None:
    """Refuse adapters that the site or the role does not offer, or that do not fit the checkpoint.

    Every image is checked: tags of its own prompt name LoRAs too, and cells of a grid may have other checkpoints.

    Raises:
        JobRefused: `adapter_missing` or `adapter_invalid`; `fields` has the field ("loras.0.name") and what is offered;
            `limit_exceeded` (403) for a LoRA that the role does not allow.
    """
    families = {checkpoint.slug: checkpoint.family}
    seen: set[tuple[Named, str]] = set()
    for _, image_parameters in generated_images(resolved):
        if image_parameters.checkpoint not in families:
            families |= dict(Checkpoint.objects.filter(slug=image_parameters.checkpoint).values_list("slug", "family"))
        family = families.get(image_parameters.checkpoint, checkpoint.family)
        for named in named_adapters(image_parameters):
            if (named, family) not in seen:
                seen.add((named, family))
                _check(named, family, limits)


def _check(named: Named, family: str, limits: Limits) -> None:
    field, kind, name = named
    adapter = find_adapter(kind, name, family=family)
    if adapter is None:
        _refuse("adapter_missing", field, f"{field} must be {_offered(kind, family)}; got {name!r:.80}")
    elif adapter.family not in ("", family):
        _refuse(
            "adapter_invalid",
            field,
            f"{field}: {name} is made for {adapter.family}, this checkpoint is {family}; "
            f"choose {_offered(kind, family)}",
        )
    elif kind == Adapter.Kind.LORA:
        refuse_unless_allowed("loras", field, adapter.slug, limits.loras)


def _refuse(code: str, field: str, message: str) -> None:
    raise JobRefused(code, message, fields={field: message})


def _offered(kind: str, family: str) -> str:
    rows = Adapter.objects.enabled().of_kind(kind).for_family(family)
    slugs = list(rows.values_list("slug", flat=True)[: _LISTED + 1])
    label = Adapter.Kind(kind).label
    if not slugs:
        return f"the name of a {label}, and the site has none for {family} yet"
    return f"one of {', '.join(slugs[:_LISTED])}{' and others' if len(slugs) > _LISTED else ''}"
