from typing import Any

from django.db import migrations, models
from django.db.models.fields.json import KT
from django.db.models.functions import Left

LONGEST_SAMPLER = 60


def copy_samplers(apps: Any, schema_editor: Any) -> None:
    """Fill the new column from the parameters, by one statement."""
    images = apps.get_model("gallery", "Image").objects.using(schema_editor.connection.alias)
    images.filter(parameters__has_key="sampler").update(sampler=Left(KT("parameters__sampler"), LONGEST_SAMPLER))


class Migration(migrations.Migration):
    """Let images be searched by their sampler."""

    dependencies = [("gallery", "0006_media_identity")]

    operations = [
        migrations.AddField(
            model_name="image",
            name="sampler",
            field=models.CharField(editable=False, max_length=LONGEST_SAMPLER, null=True),
        ),
        migrations.RunPython(copy_samplers, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["owner", "sampler", "-created_at", "-id"], name="image_sampler"),
        ),
    ]
