import django.db.models.deletion
from django.db import migrations, models

# What was counted of the passages that a filter leaves is kept for as long as this changes nothing.
NOTE = """
CREATE TRIGGER visibility_changed AFTER INSERT OR DELETE ON medical_passagetag
    FOR EACH STATEMENT EXECUTE FUNCTION knowledge_visibility_changed();
"""
FORGET = "DROP TRIGGER visibility_changed ON medical_passagetag;"


class Migration(migrations.Migration):

    dependencies = [
        ("knowledge", "0003_visibility_changes"),
        ("medical", "0004_imaging_release"),
    ]

    operations = [
        migrations.CreateModel(
            name="PassageTag",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("chunk", models.BigIntegerField()),
                ("terminology", models.SlugField(db_index=False, max_length=40)),
                ("code", models.CharField(max_length=40)),
                ("context", models.CharField(max_length=12)),
                ("version", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="knowledge.documentversion")),
            ],
            options={
                "indexes": [models.Index(fields=["terminology", "code", "context"], name="passage_tag_code")],
            },
        ),
        migrations.RunSQL(NOTE, FORGET),
    ]
