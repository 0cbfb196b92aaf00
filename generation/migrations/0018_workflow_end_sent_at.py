from django.db import migrations, models


class Migration(migrations.Migration):
    """Remember that a graph's end was sent, so that a client that connects again is not told again."""

    dependencies = [("generation", "0017_workflow_client_prompt_id")]

    operations = [
        migrations.AddField(
            model_name="workflow",
            name="end_sent_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="When a websocket was first sent the graph's end.", null=True
            ),
        ),
    ]
