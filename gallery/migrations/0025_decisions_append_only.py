"""Decisions of moderation cannot be changed or deleted, by triggers of the database."""

from django.db import migrations

from sdsite.core import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('gallery', '0024_roles'),
    ]

    operations = [
        migrations.RunPython(
            append_only.protect('gallery', 'ModerationAction'), append_only.release('gallery', 'ModerationAction')
        ),
    ]
