from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0031_use_reset")]

    operations = [
        migrations.AddField(
            model_name=model,
            name="vanished_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="missing since"),
        )
        for model in ("adapter", "checkpoint")
    ]
