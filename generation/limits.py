"""Limits of a user: those of their roles, narrowed by those of the API key."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from django.db.models import Prefetch, Q

from generation.errors import JobRefused, LimitReached
from generation.models import Adapter, Checkpoint, RoleLimits
from generation.models.adapter import AdapterQuerySet
from generation.models.checkpoint import CheckpointQuerySet
from generation.parameters.per_image import image_count
from generation.parameters.ranges import MOST_KEPT_STEPS
from generation.parameters.schema import SPEED_MODES, ResolvedParameters
from generation.parameters.validators import may_be_a_name
from sdsite.accounts import site_settings
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import ApiKey, User


@dataclass(frozen=True)
class Limits:
    """Limits of one request's user and key; None means no limit.

    `checkpoints` and `loras` are slugs, `sources` some of `Job.Source`, `speed_modes` some of SPEED_MODES.
    `key_id` is the API key, if any, and `key_seconds_a_day` its own budget, which holds beside the role's.
    """

    weight: float = 1.0
    most_queued: int | None = None
    most_running: int | None = None
    most_images: int | None = None
    most_pixels: int | None = None
    most_steps: int | None = None
    most_kept_steps: int | None = None
    most_kept_mb: int | None = None
    most_seconds_a_day: int | None = None
    checkpoints: frozenset[str] | None = None
    loras: frozenset[str] | None = None
    tasks: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    speed_modes: frozenset[str] | None = None
    key_id: int | None = None
    key_seconds_a_day: int | None = None


@dataclass(frozen=True)
class _JobLimit:
    """Limit on a single request: the field at fault, the unit, and the function that counts."""

    limit: str
    field: str
    unit: str
    count: Callable[[ResolvedParameters], int]


def _kept_steps(image_parameters: ResolvedParameters) -> int:
    """Return how many previews of steps are kept with the image, at most."""
    every, steps = image_parameters.keep_steps, image_parameters.steps
    return 0 if every is None else min(MOST_KEPT_STEPS, steps // every)


def _pixels(image_parameters: ResolvedParameters) -> int:
    """Return the pixels of the largest pass."""
    hires = image_parameters.hires
    return round(image_parameters.width * image_parameters.height * (hires.scale**2 if hires else 1))


def _steps(image_parameters: ResolvedParameters) -> int:
    """Return the steps of the longest pass."""
    hires = image_parameters.hires
    return max(image_parameters.steps, hires.steps if hires else 0)


_COUNTS = (
    *("most_queued", "most_running", "most_images", "most_pixels", "most_steps"),
    *("most_kept_steps", "most_kept_mb", "most_seconds_a_day"),
)
_JOB_LIMITS = (
    _JobLimit("most_images", "count", "images in one job", image_count),
    _JobLimit("most_pixels", "width", "pixels (width x height)", lambda resolved: max(map(_pixels, resolved.images))),
    _JobLimit("most_steps", "steps", "steps", lambda resolved: max(map(_steps, resolved.images))),
    _JobLimit(
        "most_kept_steps",
        "keep_steps",
        "kept previews of steps with an image",
        lambda resolved: max(map(_kept_steps, resolved.images)),
    ),
)


def get_limits(user_id: int) -> Limits:
    """Return the limits of a user's roles, the most generous of each; without a role, those of the row without a group.

    `limits_for` narrows them by the key.
    """
    mine = RoleLimits.objects.filter(Q(group__user=user_id) | Q(group=None))
    slugs = (Prefetch("checkpoints", Checkpoint.objects.only("slug")), Prefetch("loras", Adapter.objects.only("slug")))
    rows = list(mine.prefetch_related(*slugs))
    own = [row for row in rows if row.group_id is not None]
    return _most_generous(own or rows)


def limits_for(credentials: Credentials) -> Limits:
    """Return the limits that hold for `credentials`: those of the user's roles, narrowed by those of the key."""
    limits, key = get_limits(credentials.user.pk), credentials.key
    return limits if key is None else _narrowed(limits, key)


def _narrowed(limits: Limits, key: ApiKey) -> Limits:
    checkpoints, chosen = limits.checkpoints, frozenset(key.checkpoints)
    if chosen:
        checkpoints = chosen if checkpoints is None else chosen & checkpoints
    return replace(limits, checkpoints=checkpoints, key_id=key.pk, key_seconds_a_day=key.seconds_a_day)


def _most_generous(rows: list[RoleLimits]) -> Limits:
    if not rows:
        return Limits()
    return Limits(
        weight=max(row.weight for row in rows),
        **{name: _most(getattr(row, name) for row in rows) for name in _COUNTS},
        checkpoints=_all_of([checkpoint.slug for checkpoint in row.checkpoints.all()] for row in rows),
        loras=_all_of([lora.slug for lora in row.loras.all()] for row in rows),
        tasks=_all_of(row.tasks for row in rows),
        sources=_all_of(row.sources for row in rows),
        speed_modes=_all_of(row.speed_modes for row in rows),
    )


def _all_of(choices: Iterable[Collection[str]]) -> frozenset[str] | None:
    """Return what any of the roles allows; None where one of them names nothing, which allows all."""
    listed = list(choices)
    return frozenset().union(*listed) if all(listed) else None


def _most(values: Iterable[int | None]) -> int | None:
    listed = list(values)
    return None if None in listed else max(value for value in listed if value is not None)


def offered_to(limits: Limits) -> CheckpointQuerySet:
    """Return the enabled checkpoints that `limits` allow, the default first."""
    enabled = Checkpoint.objects.enabled()
    return enabled if limits.checkpoints is None else enabled.filter(slug__in=limits.checkpoints)


def adapters_offered_to(limits: Limits) -> AdapterQuerySet:
    """Return the enabled adapters without the LoRAs that `limits` do not allow."""
    enabled = Adapter.objects.enabled()
    if limits.loras is None:
        return enabled
    return enabled.exclude(Q(kind=Adapter.Kind.LORA) & ~Q(slug__in=limits.loras))


def titles_offered_to(user: User) -> dict[str, str]:
    """Return {slug: title} of the checkpoints that a key of `user` may be limited to, the default first."""
    return dict(offered_to(get_limits(user.pk)).values_list("slug", "title"))


def find_checkpoint(slug: str | None, limits: Limits) -> Checkpoint:
    """Return the requested checkpoint; for None the default, or the first that `limits` allow.

    Raises:
        JobRefused: `checkpoint_missing` (unknown or disabled), `checkpoint_not_allowed` (403).
    """
    offered = offered_to(limits)
    wanted = slug if slug is None or may_be_a_name(slug) else ""
    checkpoint = offered.default() if wanted is None else offered.filter(slug=wanted).first()
    if checkpoint is not None:
        return checkpoint
    known = ", ".join(offered.values_list("slug", flat=True)[:20])
    enabled = Checkpoint.objects.enabled()
    if not enabled.exists():
        message = "The site offers no checkpoint yet; an administrator can add one."
    elif wanted is None or enabled.filter(slug=wanted).exists():
        whose = "your role" if limits.key_id is None else "your role and this key"
        message = f"checkpoint must be one of {known} for {whose}; got {slug}"
        if not known:
            message = f"checkpoint: none that is enabled is allowed for {whose}"
        reached = LimitReached("checkpoints")
        raise JobRefused("checkpoint_not_allowed", message, fields={"checkpoint": message}, status=403, limit=reached)
    else:
        message = f"checkpoint must be one of {known}; got {slug!r:.80}"
    raise JobRefused("checkpoint_missing", message, fields={"checkpoint": message})


def default_speed_mode(limits: Limits) -> str:
    """Return the speed mode of requests that name none: the site's, or the first that `limits` allow."""
    chosen, allowed = site_settings.current().speed_mode, limits.speed_modes
    if allowed is None or chosen in allowed:
        return chosen
    return next((mode for mode in SPEED_MODES if mode in allowed), chosen)


def check_limits(resolved: ResolvedParameters, limits: Limits) -> None:
    """Refuse a request that is larger than `limits` allow, or of a task or speed mode that they do not.

    Raises:
        JobRefused: `limit_exceeded` (403).
    """
    for task in sorted({image_parameters.task for image_parameters in resolved.images}):
        refuse_unless_allowed("tasks", "task", task, limits.tasks)
    for mode in sorted({one.speed_mode for one in resolved.images if one.task != "upscale"}):
        refuse_unless_allowed("speed_modes", "speed_mode", mode, limits.speed_modes)
    for rule in _JOB_LIMITS:
        most, current = getattr(limits, rule.limit), rule.count(resolved)
        if most is not None and current > most:
            message = f"{rule.field}: your role allows at most {most} {rule.unit}; got {current}"
            reached = LimitReached(rule.limit, most, current)
            raise JobRefused("limit_exceeded", message, fields={rule.field: message}, status=403, limit=reached)


def refuse_unless_allowed(limit: str, field: str, value: str, allowed: Collection[str] | None) -> None:
    """Refuse a value that is not among those that a role allows; None allows all.

    Raises:
        JobRefused: `limit_exceeded` (403), naming `limit`.
    """
    if allowed is None or value in allowed:
        return
    message = f"{field} must be one of {', '.join(sorted(allowed))} for your role; got {value}"
    raise JobRefused("limit_exceeded", message, fields={field: message}, status=403, limit=LimitReached(limit))


# Without a policy of a role: images are shown only after review, and none is lost.
DEFAULT_SAFETY = RoleLimits.Safety.QUARANTINE
_STRICTER = list(RoleLimits.Safety.values)  # in order of strictness


def get_safety_policy(user_id: int) -> str:
    """Return the `RoleLimits.Safety` of a user: the strictest among their roles.

    So joining another role never lifts a policy. Users without a role that has one get that of the row without a group;
    where that has none either, it is quarantine.
    """
    rows = RoleLimits.objects.filter(Q(group__user=user_id) | Q(group=None))
    found = list(rows.values_list("group_id", "safety"))
    own = [safety for group, safety in found if group is not None and safety]
    others = [safety for group, safety in found if group is None and safety]
    return max(own or others or [DEFAULT_SAFETY], key=_STRICTER.index)
