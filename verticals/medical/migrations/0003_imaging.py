import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('knowledge', '0003_visibility_changes'),
        ('medical', '0002_features'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImagingInstance',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('ordinal', models.PositiveIntegerField()),
                ('position', models.PositiveIntegerField()),
                ('member', models.CharField(blank=True, max_length=1000)),
                ('study_uid', models.CharField(db_index=True, max_length=64)),
                ('series_uid', models.CharField(blank=True, max_length=64)),
                ('instance_uid', models.CharField(blank=True, max_length=64)),
                ('accession_number', models.CharField(blank=True, db_index=True, max_length=64)),
                ('modality', models.CharField(blank=True, max_length=16)),
                ('number', models.IntegerField(default=0)),
                ('frames', models.PositiveIntegerField(default=0)),
                ('rows', models.PositiveIntegerField(default=0)),
                ('columns', models.PositiveIntegerField(default=0)),
                ('centre', models.FloatField(null=True)),
                ('width', models.FloatField(null=True)),
                ('low', models.FloatField(null=True)),
                ('high', models.FloatField(null=True)),
                ('spacing', models.JSONField(default=list)),
                ('held_back', models.CharField(blank=True, max_length=30)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='knowledge.documentversion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('version', 'ordinal'), name='imaging_ordinal_once')],
            },
        ),
    ]
