"""The database itself notes each change of who may see what, so that what was derived from it can be kept."""

from django.db import migrations, models

# Once a statement, whether it met rows or not; a note is seen when the change is.
NOTE = """
CREATE FUNCTION knowledge_visibility_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO knowledge_visibilitychange DEFAULT VALUES;
    RETURN NULL;
END $$;
CREATE TRIGGER visibility_changed AFTER INSERT OR UPDATE OR DELETE ON accounts_workspacevertical
    FOR EACH STATEMENT EXECUTE FUNCTION knowledge_visibility_changed();
CREATE TRIGGER visibility_changed AFTER INSERT OR UPDATE OR DELETE ON knowledge_grant
    FOR EACH STATEMENT EXECUTE FUNCTION knowledge_visibility_changed();
CREATE TRIGGER visibility_changed
    AFTER DELETE OR UPDATE OF workspace_id, vertical, access, created_by_id ON knowledge_knowledgebase
    FOR EACH STATEMENT EXECUTE FUNCTION knowledge_visibility_changed();
CREATE TRIGGER visibility_changed
    AFTER DELETE OR UPDATE OF workspace_id, knowledge_base_id, access, created_by_id, current_id
    ON knowledge_document
    FOR EACH STATEMENT EXECUTE FUNCTION knowledge_visibility_changed();
CREATE TRIGGER visibility_changed
    AFTER DELETE OR UPDATE OF document_id, knowledge_base_id, state, metadata ON knowledge_documentversion
    FOR EACH STATEMENT EXECUTE FUNCTION knowledge_visibility_changed();
"""
FORGET = """
DROP TRIGGER visibility_changed ON accounts_workspacevertical;
DROP TRIGGER visibility_changed ON knowledge_grant;
DROP TRIGGER visibility_changed ON knowledge_knowledgebase;
DROP TRIGGER visibility_changed ON knowledge_document;
DROP TRIGGER visibility_changed ON knowledge_documentversion;
DROP FUNCTION knowledge_visibility_changed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("knowledge", "0002_search_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="VisibilityChange",
            fields=[("id", models.BigAutoField(primary_key=True, serialize=False))],
        ),
        migrations.RunSQL(NOTE, FORGET),
    ]
