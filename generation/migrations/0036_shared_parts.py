from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0035_prompt_enhancer")]

    operations = [
        migrations.AddField(
            model_name="checkpoint",
            name="parts",
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
        migrations.AlterField(
            model_name="checkpoint",
            name="kind",
            field=models.CharField(
                choices=[
                    ("folder", "Folder in diffusers format"),
                    ("file", "Single .safetensors file"),
                    ("denoiser", "Denoiser in one file, joined with shared parts"),
                    ("hub", "Hugging Face Hub id"),
                ],
                default="folder",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="adapter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("lora", "LoRA"),
                    ("embedding", "Embedding (textual inversion)"),
                    ("vae", "Autoencoder (VAE)"),
                    ("controlnet", "ControlNet"),
                    ("ip_adapter", "IP-Adapter"),
                    ("refiner", "Refiner"),
                    ("upscaler", "Upscaler"),
                    ("search_model", "Search model (CLIP, SigLIP)"),
                    ("text_encoder", "Text encoder, for denoisers without one"),
                ],
                max_length=20,
            ),
        ),
    ]
