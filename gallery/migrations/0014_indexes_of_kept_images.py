from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gallery', '0013_index_of_kept_images'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='image',
            name='image_published',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_rated',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_checkpoint',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_seed',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_sampler',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_task',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_format',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_visibility',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_size',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_favourite',
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['owner', 'trashed_at', '-rating', '-created_at', '-id'], name='image_rated'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['owner', 'trashed_at', 'checkpoint', '-created_at', '-id'], name='image_checkpoint'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['owner', 'trashed_at', 'seed', '-created_at', '-id'], name='image_seed'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['owner', 'trashed_at', 'sampler', '-created_at', '-id'], name='image_sampler'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['owner', 'trashed_at', 'task', '-created_at', '-id'], name='image_task'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['owner', 'trashed_at', 'format', '-created_at', '-id'], name='image_format'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['owner', 'trashed_at', 'visibility', '-created_at', '-id'], name='image_visibility'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['owner', 'trashed_at', 'width', 'height', '-created_at', '-id'], name='image_size'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('is_favourite', True)), fields=['owner', 'trashed_at', '-created_at', '-id'], name='image_favourite'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('published_at__isnull', False)), fields=['-published_at', '-id'], name='image_published'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('published_at__isnull', False)), fields=['visibility', '-created_at', '-id'], name='image_public'),
        ),
        migrations.AddIndex(
            model_name='imagetag',
            index=models.Index(fields=['name', '-id'], name='tag_by_name'),
        ),
    ]
