import django.db.models.deletion
import django.utils.timezone
import gallery.models.sharing
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Let people share images and collections: visibility, members, links, likes and reports."""

    dependencies = [
        ('gallery', '0010_undo'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CollectionMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('may_add', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='Like',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(choices=[('sexual', 'Sexual content'), ('violence', 'Violence'), ('hate', 'Hate or harassment'), ('person', 'Shows a real person without consent'), ('rights', 'Copyright or trademark'), ('other', 'Something else')], max_length=20)),
                ('text', models.CharField(blank=True, max_length=1000)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('resolved_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='ShareLink',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('token', models.CharField(default=gallery.models.sharing.new_token, editable=False, max_length=40, unique=True)),
                ('password', models.CharField(blank=True, editable=False, max_length=256)),
                ('expires_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.AlterModelOptions(
            name='collectionitem',
            options={'ordering': ['position', '-added_at', '-id']},
        ),
        migrations.AddField(
            model_name='collection',
            name='cover',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='gallery.image'),
        ),
        migrations.AddField(
            model_name='collection',
            name='visibility',
            field=models.CharField(choices=[('private', 'Private'), ('members', 'People of this site'), ('public', 'Public')], default='private', editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='collectionitem',
            name='position',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name='collectionitem',
            index=models.Index(fields=['collection', 'position', '-added_at', '-id'], name='item_in_order'),
        ),
        migrations.AddField(
            model_name='collectionmember',
            name='collection',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='gallery.collection'),
        ),
        migrations.AddField(
            model_name='collectionmember',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='like',
            name='image',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='likes', to='gallery.image'),
        ),
        migrations.AddField(
            model_name='like',
            name='user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='likes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='report',
            name='image',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reports', to='gallery.image'),
        ),
        migrations.AddField(
            model_name='report',
            name='reporter',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reports', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='sharelink',
            name='collection',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='share_links', to='gallery.collection'),
        ),
        migrations.AddField(
            model_name='sharelink',
            name='image',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='share_links', to='gallery.image'),
        ),
        migrations.AddField(
            model_name='sharelink',
            name='owner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='share_links', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='collectionmember',
            constraint=models.UniqueConstraint(fields=('collection', 'user'), name='one_membership_per_collection_and_person'),
        ),
        migrations.AddIndex(
            model_name='like',
            index=models.Index(fields=['user', '-created_at', '-id'], name='like_of_person'),
        ),
        migrations.AddConstraint(
            model_name='like',
            constraint=models.UniqueConstraint(fields=('image', 'user'), name='one_like_per_image_and_person'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('resolved_at', None)), fields=['-created_at'], name='report_open'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('image', 'reporter'), name='one_report_per_image_and_person'),
        ),
        migrations.AddIndex(
            model_name='sharelink',
            index=models.Index(fields=['owner', '-created_at', '-id'], name='share_link_of_owner'),
        ),
        migrations.AddConstraint(
            model_name='sharelink',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('collection__isnull', False), ('image', None)), models.Q(('collection', None), ('image__isnull', False)), _connector='OR'), name='share_link_of_image_or_collection'),
        ),
    ]
