from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0021_calibrate_source"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="device_failures",
            field=models.PositiveIntegerField(
                default=0, editable=False, help_text="Pipeline calls of it in which the accelerator failed."
            ),
        ),
    ]
