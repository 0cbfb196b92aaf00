from django.db import migrations, models


class Migration(migrations.Migration):
    """Keep the prompt id that a ComfyUI client chose."""

    dependencies = [("generation", "0016_reword_labels_and_help_texts")]

    operations = [
        migrations.AddField(
            model_name="workflow",
            name="client_prompt_id",
            field=models.CharField(
                blank=True, help_text="Prompt id as the client chose it; empty: the job's id.", max_length=100
            ),
        ),
        migrations.AddIndex(
            model_name="workflow",
            index=models.Index(fields=["client_prompt_id"], name="workflow_client_prompt_id"),
        ),
    ]
