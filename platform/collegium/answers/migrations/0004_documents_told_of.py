from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('answers', '0003_finding_rule'),
    ]

    operations = [
        migrations.AddField(
            model_name='answer',
            name='documents',
            field=models.JSONField(default=list),
        ),
    ]
