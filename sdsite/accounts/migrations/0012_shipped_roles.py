"""Make the roles that come with the site; groups that are there stay as they are.

Who could delete images as staff moderated them, so these people and groups get the permissions that say so now.
"""

from django.db import migrations

MEMBER = [
    ("generation", "job", "submit_job", "Can submit jobs"),
    ("generation", "job", "verify_image", "Can verify images"),
    ("generation", "job", "use_webhooks", "Can use webhooks"),
    ("gallery", "upload", "upload_image", "Can upload images"),
    ("gallery", "image", "publish_image", "Can publish images"),
    ("gallery", "sharelink", "share_link", "Can share by link"),
    ("accounts", "user", "make_key", "Can create API keys"),
]
TRUSTED = [*MEMBER, ("gallery", "image", "publish_without_review", "Can publish unreviewed")]
MODERATION = [
    ("gallery", "report", "moderate_image", "Can moderate images"),
    ("gallery", "report", "decide_appeal", "Can decide appeals"),
]
MODERATOR = [
    *TRUSTED,
    *MODERATION,
    ("accounts", "user", "suspend_user", "Can suspend people"),
    ("accounts", "user", "view_user", "Can view user"),
    ("gallery", "image", "view_image", "Can view image"),
    ("gallery", "image", "change_image", "Can change image"),
    ("gallery", "image", "delete_image", "Can delete image"),
    ("gallery", "upload", "view_upload", "Can view upload"),
    ("gallery", "report", "view_report", "Can view report"),
    ("gallery", "report", "change_report", "Can change report"),
    ("gallery", "sharelink", "view_sharelink", "Can view share link"),
    ("gallery", "sharelink", "change_sharelink", "Can change share link"),
]
# key, permissions, whether it opens the administration
ROLES = [
    ("member", MEMBER, False),
    ("trusted", TRUSTED, False),
    ("moderator", MODERATOR, True),
    ("administrator", [], True),  # has every permission
]


def permission_of(apps, app, model, codename, name):
    """Return the row of a permission, which the signal after the migrations would make, and finds."""
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label=app, model=model)
    row, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename=codename, defaults={"name": name}
    )
    return row


def make_roles(apps, schema_editor):
    """Make the four groups; one whose name is taken gets another name."""
    group_model, role_model = apps.get_model("auth", "Group"), apps.get_model("accounts", "Role")
    for position, (key, permissions, opens_admin) in enumerate(ROLES, start=1):
        name = key if not group_model.objects.filter(name=key).exists() else f"{key} (role)"
        group, _ = group_model.objects.get_or_create(name=name)
        group.permissions.add(*(permission_of(apps, *permission) for permission in permissions))
        role_model.objects.create(group=group, key=key, position=position, opens_admin=opens_admin)


def keep_moderators(apps, schema_editor):
    """Give the permissions of moderation to those who moderated until now."""
    wanted = [permission_of(apps, *permission) for permission in MODERATION]
    held = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="gallery", codename="delete_image")
    for group in apps.get_model("auth", "Group").objects.filter(permissions__in=held):
        group.permissions.add(*wanted)
    for user in apps.get_model("accounts", "User").objects.filter(user_permissions__in=held, is_staff=True):
        user.user_permissions.add(*wanted)


def remove_roles(apps, schema_editor):
    """Remove the groups of the roles, as before."""
    role_model = apps.get_model("accounts", "Role")
    ids = list(role_model.objects.exclude(key=None).values_list("group", flat=True))
    apps.get_model("auth", "Group").objects.filter(pk__in=ids).delete()


class Migration(migrations.Migration):
    """Rows of four groups, their permissions and roles."""

    dependencies = [
        ("accounts", "0011_roles"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(make_roles, remove_roles),
        migrations.RunPython(keep_moderators, migrations.RunPython.noop),
    ]
