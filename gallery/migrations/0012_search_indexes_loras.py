
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gallery', '0011_sharing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImageLora',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
            ],
            options={
                'verbose_name': 'LoRA of an image',
            },
        ),
        migrations.CreateModel(
            name='LoraProgress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_id', models.UUIDField(null=True)),
                ('is_finished', models.BooleanField(default=False)),
            ],
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_of_owner',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_facets',
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
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('trashed_at__isnull', True)), fields=['owner', '-created_at', '-id'], name='image_kept'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('trashed_at__isnull', True)), fields=['owner', '-rating', '-created_at', '-id'], name='image_rated'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('trashed_at__isnull', True)), fields=['owner', 'checkpoint', '-created_at', '-id'], name='image_checkpoint'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('trashed_at__isnull', True)), fields=['owner', 'seed', '-created_at', '-id'], name='image_seed'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('trashed_at__isnull', True)), fields=['owner', 'sampler', '-created_at', '-id'], name='image_sampler'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('trashed_at__isnull', True)), fields=['owner', 'task', '-created_at', '-id'], name='image_task'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('trashed_at__isnull', True)), fields=['owner', 'format', '-created_at', '-id'], name='image_format'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('trashed_at__isnull', True)), fields=['owner', 'visibility', '-created_at', '-id'], name='image_visibility'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('trashed_at__isnull', True)), fields=['owner', 'width', 'height', '-created_at', '-id'], name='image_size'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('trashed_at__isnull', True), ('is_favourite', True)), fields=['owner', '-created_at', '-id'], name='image_favourite'),
        ),
        migrations.AddField(
            model_name='imagelora',
            name='image',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='loras', to='gallery.image'),
        ),
        migrations.AddField(
            model_name='imagelora',
            name='owner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='loraprogress',
            constraint=models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_lora_progress'),
        ),
        migrations.AddIndex(
            model_name='imagelora',
            index=models.Index(fields=['owner', 'name', 'image'], name='lora_of_owner'),
        ),
        migrations.AddConstraint(
            model_name='imagelora',
            constraint=models.UniqueConstraint(fields=('image', 'name'), name='one_row_per_image_and_lora'),
        ),
    ]
