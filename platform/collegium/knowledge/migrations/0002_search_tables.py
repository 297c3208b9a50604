"""Rows that search reads stay whole in their page; the database itself counts the terms of a knowledge base."""

from django.db import migrations, models

# A row of up to 8 kB is kept in one piece and uncompressed: search reads thousands of them for one question.
STORAGE = """
ALTER TABLE knowledge_chunklex ALTER terms SET STORAGE EXTERNAL, ALTER weights SET STORAGE EXTERNAL;
ALTER TABLE knowledge_chunklex SET (toast_tuple_target = 8160);
ALTER TABLE knowledge_chunkvector ALTER embedding SET STORAGE EXTERNAL;
ALTER TABLE knowledge_chunkvector SET (toast_tuple_target = 8160);
ALTER TABLE knowledge_termcount SET (fillfactor = 80);
ALTER INDEX chunk_lex_terms SET (gin_pending_list_limit = 1024);
"""

# Whatever adds or deletes rows of knowledge_chunklex, a cascade included, keeps the counts right. Term 0 counts
# the chunks. The lock per knowledge base keeps two writers from meeting in the middle of their terms.
COUNT = """
CREATE FUNCTION knowledge_terms_count() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign integer := TG_ARGV[0];
BEGIN
    PERFORM pg_advisory_xact_lock(7202, base.kb)
    FROM (SELECT DISTINCT kb FROM changed ORDER BY kb) AS base;
    INSERT INTO knowledge_termcount AS held (kb, term, chunks)
    SELECT kb, term, sign * count(*)
    FROM (
        SELECT kb, unnest(terms) AS term FROM changed
        UNION ALL SELECT kb, 0 FROM changed
    ) AS counted
    GROUP BY kb, term
    ORDER BY term, kb
    ON CONFLICT (term, kb) DO UPDATE SET chunks = held.chunks + excluded.chunks;
    IF sign < 0 THEN
        DELETE FROM knowledge_termcount AS held
        USING (SELECT DISTINCT kb, unnest(array_append(terms, 0)) AS term FROM changed) AS gone
        WHERE held.term = gone.term AND held.kb = gone.kb AND held.chunks <= 0;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER terms_added AFTER INSERT ON knowledge_chunklex REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION knowledge_terms_count('1');
CREATE TRIGGER terms_removed AFTER DELETE ON knowledge_chunklex REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION knowledge_terms_count('-1');
"""
UNCOUNT = """
DROP TRIGGER terms_added ON knowledge_chunklex;
DROP TRIGGER terms_removed ON knowledge_chunklex;
DROP FUNCTION knowledge_terms_count();
"""


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="termcount", name="term_count_once"),
        migrations.AddConstraint(
            model_name="termcount",
            constraint=models.UniqueConstraint(fields=["term", "kb"], name="term_count_once"),
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        migrations.RunSQL(COUNT, UNCOUNT),
    ]
