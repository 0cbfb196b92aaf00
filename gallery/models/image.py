"""Stored images, and the rules of who sees them."""

import uuid
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from sdsite.accounts.credentials import Credentials
from sdsite.accounts.scopes import acts_as_staff

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from sdsite.accounts.models import User

LONGEST_CHECKPOINT = 100
LONGEST_TASK = 30
LONGEST_SAMPLER = 60
LONGEST_NOTE = 5000
MOST_STARS = 5
THUMBNAIL_COLUMNS = {256: "thumbnail_small", 512: "thumbnail", 1024: "thumbnail_large"}  # by longest side

KEPT = ("owner", "trashed_at")  # first columns of the indexes that lists and searches of one person read
NEWEST = ("-created_at", "-id")
SHARED, HELD = Q(published_at__isnull=False), Q(quarantined_at__isnull=False)
# name of an index -> columns whose values people search for
SEARCHED = {name: [name] for name in ("checkpoint", "seed", "sampler", "task", "format", "visibility")}
SEARCHED["size"] = ["width", "height"]

# SDSITE_SHARING -> the visibilities that strangers and people of this site may see
_AUDIENCES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "off": ((), ()),
    "members": ((), ("members", "public")),
    "links": ((), ("members", "public")),
    "public": (("public",), ("members", "public")),
}


def audiences_of(user: "User | AnonymousUser") -> tuple[str, ...]:
    """Return the visibilities of other people's images that `user` may see, as far as the site allows sharing."""
    strangers, members = _AUDIENCES[settings.ENV["SDSITE_SHARING"]]
    return members if user.is_authenticated else strangers


def links_open() -> bool:
    """Tell whether the site lets share links open."""
    return settings.ENV["SDSITE_SHARING"] in ("links", "public")


def manages_images(credentials: Credentials) -> bool:
    """Tell whether `credentials` see all images: staff who may view them, by session or by a key that moderates."""
    return acts_as_staff(credentials, "gallery.view_image", "moderate")


def shared_rule(user: "User | AnonymousUser") -> Q:
    """Return the condition that others share an image with `user`: it is public, or in a shared collection.

    Nothing from the trash, under review, or of suspended people.
    """
    # Looked up by the image: rows are asked for by id or job, and all that is shared would be read each time.
    in_collection = Exists(apps.get_model("gallery", "CollectionItem").objects.of_image_shown_to(user))
    shared = Q(visibility__in=audiences_of(user)) | (in_collection if audiences_of(user) else Q(pk__in=[]))
    suspended = Exists(get_user_model().objects.filter(pk=OuterRef("owner"), is_active=False))
    return Q(shared, ~suspended, trashed_at=None, quarantined_at=None)


class ImageQuerySet(models.QuerySet["Image"]):
    """Queries for images."""

    def visible_to(self, credentials: Credentials) -> Self:
        """Images whose row and file `credentials` may see; an anonymous user's are the public ones.

        Their own, those that others share with them or with everyone, and all of them for those who manage images.
        """
        user = credentials.user
        if manages_images(credentials):
            return self.all()
        shared = shared_rule(user)
        return self.filter(Q(owner=user) | shared if user.is_authenticated else shared)

    def shared_with(self, user: "User | AnonymousUser") -> Self:
        """Those of these images that others share with `user`, each looked up; `gallery.search.scope` lists them."""
        return self.filter(shared_rule(user))

    def published(self, user: "User | AnonymousUser") -> Self:
        """Images that `user` finds in Explore: shared by their owners with everyone who is like `user`."""
        shown = self.filter(visibility__in=audiences_of(user), published_at__isnull=False)
        return shown.kept().viewable().of_active()

    def of_active(self) -> Self:
        """Images whose owners are not suspended."""
        # Without a join, because SQLite would read all images, person by person, and sort them.
        return self.exclude(owner__in=get_user_model().objects.filter(is_active=False).values("pk"))

    def owned_by(self, user: "User") -> Self:
        """Images of `user`."""
        return self.filter(owner=user)

    def kept(self) -> Self:
        """Images that are not in the trash: those that lists, searches and counts show."""
        return self.filter(trashed_at=None)

    def trashed(self) -> Self:
        """Images in the trash."""
        return self.exclude(trashed_at=None)

    def quarantined(self) -> Self:
        """Images under review, hidden from their owners until a moderator approves them."""
        return self.filter(quarantined_at__isnull=False)  # as the condition of the index

    def viewable(self) -> Self:
        """Images not under review: everyone who may see their rows may see their pixels."""
        return self.filter(quarantined_at=None)

    def unindexed(self) -> Self:
        """Images without a search index: stored by an older version of the site."""
        return self.filter(searched_text=None)

    def of_job(self, job_id: uuid.UUID) -> Self:
        """Images of one job, by index."""
        return self.filter(job_id=job_id).order_by("index")


class Image(models.Model):
    """One stored image: its file and thumbnail in the media storage, and its provenance.

    `job_id` is not a foreign key: images outlive jobs, and the gallery does not depend on the app of jobs.
    """

    class Format(models.TextChoices):
        """File format; the value is the MIME subtype and the file name extension."""

        PNG = "png", "PNG"
        JPEG = "jpeg", "JPEG"
        WEBP = "webp", "WebP"

    class Visibility(models.TextChoices):
        """Who may see an image besides its owner and moderators; a share link works beside each of them."""

        PRIVATE = "private", "Private"
        MEMBERS = "members", "People of this site"
        PUBLIC = "public", "Public"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="images")
    job_id = models.UUIDField(editable=False)
    job_created_at = models.DateTimeField(editable=False)
    index = models.PositiveIntegerField(editable=False)
    seed = models.BigIntegerField(editable=False)
    prompt = models.TextField(blank=True, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    format = models.CharField(max_length=10, choices=Format.choices, editable=False)
    file = models.CharField(max_length=200, editable=False)
    thumbnail = models.CharField(max_length=200, editable=False)
    # Empty: the image is so small that `thumbnail` serves this size too, or it was stored by an older version.
    thumbnail_small = models.CharField(max_length=200, blank=True, editable=False)
    thumbnail_large = models.CharField(max_length=200, blank=True, editable=False)
    # Previews of the steps that the job kept (gallery/kept_steps.py). Null: none.
    steps_file = models.CharField(max_length=200, null=True, editable=False)
    steps = models.JSONField(null=True, editable=False, help_text="Numbers of the kept steps, and bytes of the file.")
    # Null: not computed yet, because an older version stored the image.
    thumbhash = models.CharField(max_length=40, null=True, editable=False, help_text="Blurred placeholder, base64.")
    perceptual_hash = models.BigIntegerField(null=True, editable=False, help_text="64 bits, as a signed number.")
    size_bytes = models.BigIntegerField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    parameters = models.JSONField(default=dict, editable=False)
    # Search index, derived from the parameters. Null: not indexed yet by `gallery.search.index`.
    checkpoint = models.CharField(max_length=LONGEST_CHECKPOINT, null=True, editable=False)
    task = models.CharField(max_length=LONGEST_TASK, null=True, editable=False)
    sampler = models.CharField(max_length=LONGEST_SAMPLER, null=True, editable=False)
    searched_text = models.TextField(null=True, editable=False, help_text="The prompt's words between single spaces.")
    receipt = models.JSONField(default=dict, editable=False)
    safety = models.JSONField(default=dict, editable=False, help_text="Verdict of the safety checker: score, labels.")
    quarantined_at = models.DateTimeField(
        "under review since",
        null=True,
        blank=True,
        editable=False,
        help_text="Hidden from its owner until a moderator approves it.",
    )
    blurred_at = models.DateTimeField(null=True, editable=False, help_text="Others see it blurred since.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Marks of the owner.
    is_favourite = models.BooleanField(default=False, editable=False)
    rating = models.PositiveSmallIntegerField(default=0, editable=False, help_text="0 (none) to 5 stars.")
    note = models.TextField(blank=True, max_length=LONGEST_NOTE, editable=False)
    trashed_at = models.DateTimeField(null=True, editable=False, help_text="In the trash since.")
    # Sharing.
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE, editable=False)
    published_at = models.DateTimeField(null=True, editable=False, help_text="Visible to others since.")
    strips_metadata = models.BooleanField(default=False, editable=False, help_text="Others get files without settings.")
    likes_count = models.PositiveIntegerField(default=0, editable=False)

    objects = ImageQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        ordering = ["-created_at"]
        permissions = [("publish_image", "Can publish images"), ("publish_without_review", "Can publish unreviewed")]
        constraints = [
            # exactly-once: a rerun of a job cannot store the same image twice
            models.UniqueConstraint(fields=["job_id", "index"], name="one_image_per_job_and_index"),
        ]
        indexes = [
            # library: an owner's images grouped by job, newest first
            models.Index(fields=["owner", "-job_created_at", "-job_id", "index"], name="image_library"),
            # admin: all images, newest first
            models.Index(fields=["-created_at"], name="image_newest"),
            # The indexes of kept images begin with the same two columns instead of having a condition: SQLite would
            # take the one with more columns that are compared, and read and sort all images of the owner.
            # lists, grid and timeline: an owner's images, newest first
            models.Index(fields=[*KEPT, *NEWEST], name="image_of_owner"),
            # grid: an owner's images, best rated first
            models.Index(fields=[*KEPT, "-rating", *NEWEST], name="image_rated"),
            # search: an owner's images of one value, newest first
            *(
                models.Index(fields=[*KEPT, *columns, *NEWEST], name=f"image_{name}")
                for name, columns in SEARCHED.items()
            ),
            models.Index(fields=[*KEPT, *NEWEST], condition=Q(is_favourite=True), name="image_favourite"),
            # indexing: images that are not in the search index yet
            models.Index(fields=["id"], condition=Q(searched_text__isnull=True), name="image_unindexed"),
            # moderation: images under review, newest first
            models.Index(fields=["-quarantined_at"], condition=HELD, name="image_quarantined"),
            # usage: an owner's images with previews of steps
            models.Index(fields=["owner"], condition=Q(steps_file__isnull=False), name="image_with_steps"),
            # the trash of an owner, last trashed first; and what has been in it for too long
            models.Index(
                fields=["owner", "-trashed_at", "-id"], condition=Q(trashed_at__isnull=False), name="image_trash"
            ),
            # Explore: what others may see, last shared first
            models.Index(fields=["-published_at", "-id"], condition=SHARED, name="image_published"),
            # search among what is public, newest first
            models.Index(fields=["visibility", *NEWEST], condition=SHARED, name="image_public"),
            # backfill: images whose placeholder and further thumbnails are not made yet
            models.Index(fields=["id"], condition=Q(thumbhash__isnull=True), name="image_without_thumbhash"),
        ]

    def __str__(self) -> str:
        """Short id and prompt."""
        return f"{str(self.id)[:8]} {self.prompt[:60]}"

    @property
    def content_type(self) -> str:
        """MIME type of the file."""
        return f"image/{self.format}"

    @property
    def files(self) -> list[str]:
        """Names of its files in the media storage."""
        names = (self.file, self.thumbnail, self.thumbnail_small, self.thumbnail_large, self.steps_file)
        return [name for name in names if name]

    @property
    def kept_steps(self) -> list[int]:
        """Numbers of the steps whose previews are kept, in their order."""
        return list(self.steps["kept"]) if self.steps else []

    def thumbnail_of(self, size: int) -> str:
        """Return the name of the file of the thumbnail of `size` (a key of THUMBNAIL_COLUMNS), or of the next best."""
        name: str = getattr(self, THUMBNAIL_COLUMNS[size])
        return name or self.thumbnail

    @property
    def download_name(self) -> str:
        """File name that downloads suggest."""
        return f"sdsite-{str(self.id)[:8]}.{self.format}"

    def hides_settings_from(self, credentials: Credentials) -> bool:
        """Tell whether `credentials`, which may see the image, may not see its prompt and settings."""
        return self.strips_metadata and self.owner_id != credentials.user.pk and not manages_images(credentials)

    def as_seen_by(self, credentials: Credentials) -> Self:
        """Empty what `credentials`, which may see the image, may not know of this instance, and return it.

        The owner's marks are for nobody else, the settings if the owner keeps them. Who manages images sees all.
        """
        if self.owner_id == credentials.user.pk or manages_images(credentials):
            return self
        self.is_favourite, self.rating, self.note, self.safety = False, 0, "", {}
        if self.strips_metadata:
            self.prompt, self.seed, self.parameters, self.receipt = "", 0, {}, {}
        if self.strips_metadata or self.blurred_at:
            self.steps = self.steps_file = None
        return self

    def is_withheld_from(self, credentials: Credentials) -> bool:
        """Tell whether `credentials`, which may see the row, may not see the pixels: under review, and no moderator."""
        return self.quarantined_at is not None and not manages_images(credentials)
