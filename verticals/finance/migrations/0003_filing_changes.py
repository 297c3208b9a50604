"""A filing that is written or goes changes which companies may be seen."""

from django.db import migrations

NOTE = """
CREATE TRIGGER visibility_changed AFTER INSERT OR UPDATE OR DELETE ON finance_filing
    FOR EACH STATEMENT EXECUTE FUNCTION knowledge_visibility_changed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("finance", "0002_compliance_rules"),
        ("knowledge", "0003_visibility_changes"),
    ]

    operations = [migrations.RunSQL(NOTE, "DROP TRIGGER visibility_changed ON finance_filing")]
