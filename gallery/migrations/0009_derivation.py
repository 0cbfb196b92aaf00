import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Keep what each image was made from; older images are looked at in the background."""

    dependencies = [
        ('gallery', '0008_image_marks_and_sharing'),
    ]

    operations = [
        migrations.CreateModel(
            name='DerivationProgress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_id', models.UUIDField(null=True)),
                ('is_finished', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_derivation_progress')],
            },
        ),
        migrations.CreateModel(
            name='Derivation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('init', 'Input image'), ('upscale', 'Upscaled'), ('variation', 'Variation'), ('mask', 'Mask'), ('control', 'ControlNet'), ('reference', 'Reference')], max_length=10)),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='Place among the parents of that role.')),
                ('created_at', models.DateTimeField(help_text='When the child was stored.')),
                ('child', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='derivations', to='gallery.image')),
                ('parent', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='derived', to='gallery.image')),
                ('upload', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='derived', to='gallery.upload')),
            ],
            options={
                'indexes': [models.Index(fields=['parent', '-created_at', '-id'], name='derivation_of_parent')],
                'constraints': [models.UniqueConstraint(fields=('child', 'role', 'position'), name='one_parent_per_role_and_place'), models.CheckConstraint(condition=models.Q(models.Q(('parent__isnull', False), ('upload__isnull', True)), models.Q(('parent__isnull', True), ('upload__isnull', False)), _connector='OR'), name='derived_from_an_image_or_an_upload')],
            },
        ),
    ]
