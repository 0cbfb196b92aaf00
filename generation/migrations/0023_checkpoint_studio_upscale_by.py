from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0022_job_device_failures"),
    ]

    operations = [
        migrations.AddField(
            model_name="checkpoint",
            name="studio_upscale_by",
            field=models.FloatField(
                default=1.0,
                help_text="Factor by which the studio upscales images unless its form says otherwise; 1: not. Requests of "
                "programs get the size that they ask for.",
                validators=[MinValueValidator(1), MaxValueValidator(8)],
                verbose_name="upscaled in the studio",
            ),
        ),
    ]
