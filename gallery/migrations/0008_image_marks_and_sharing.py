from django.db import migrations, models


class Migration(migrations.Migration):
    """Let owners mark, trash and share images, and give images further thumbnails and placeholders."""

    dependencies = [
        ('gallery', '0007_image_sampler'),
    ]

    operations = [
        migrations.AddField(
            model_name='image',
            name='is_favourite',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='image',
            name='likes_count',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='image',
            name='note',
            field=models.TextField(blank=True, editable=False, max_length=5000),
        ),
        migrations.AddField(
            model_name='image',
            name='perceptual_hash',
            field=models.BigIntegerField(editable=False, help_text='64 bits, as a signed number.', null=True),
        ),
        migrations.AddField(
            model_name='image',
            name='published_at',
            field=models.DateTimeField(editable=False, help_text='Visible to others since.', null=True),
        ),
        migrations.AddField(
            model_name='image',
            name='rating',
            field=models.PositiveSmallIntegerField(default=0, editable=False, help_text='0 (none) to 5 stars.'),
        ),
        migrations.AddField(
            model_name='image',
            name='strips_metadata',
            field=models.BooleanField(default=False, editable=False, help_text='Others get files without settings.'),
        ),
        migrations.AddField(
            model_name='image',
            name='thumbhash',
            field=models.CharField(editable=False, help_text='Blurred placeholder, base64.', max_length=40, null=True),
        ),
        migrations.AddField(
            model_name='image',
            name='thumbnail_large',
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name='image',
            name='thumbnail_small',
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name='image',
            name='trashed_at',
            field=models.DateTimeField(editable=False, help_text='In the trash since.', null=True),
        ),
        migrations.AddField(
            model_name='image',
            name='visibility',
            field=models.CharField(choices=[('private', 'Private'), ('members', 'People of this site'), ('public', 'Public')], default='private', editable=False, max_length=10),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('trashed_at__isnull', False)), fields=['owner', '-trashed_at', '-id'], name='image_trash'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('published_at__isnull', False)), fields=['visibility', '-published_at', '-id'], name='image_published'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('thumbhash__isnull', True)), fields=['id'], name='image_without_thumbhash'),
        ),
    ]
