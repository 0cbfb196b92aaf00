import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("generation", "0023_checkpoint_studio_upscale_by"),
    ]

    operations = [
        migrations.CreateModel(
            name="StudioState",
            fields=[
                (
                    "owner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="studio_state",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("form", models.JSONField(blank=True, default=dict, help_text="Parameters of a request.")),
                ("folds", models.JSONField(blank=True, default=list, help_text="Names of the open folds.")),
                (
                    "version",
                    models.PositiveBigIntegerField(default=0, editable=False, help_text="Grows with every change."),
                ),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
    ]
