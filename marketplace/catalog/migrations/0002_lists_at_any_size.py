from django.db import migrations

#: Points as PostgreSQL has them, without an extension, so that the nearest come in the order of the index. And small tables that
#: every list joins are counted after every change: their usual thresholds are never reached, and the planner would guess.
POSTGRESQL = (
    "CREATE INDEX listing_nearest ON catalog_listing USING gist (point(longitude, latitude)) WHERE status = 'approved'",
    "ALTER TABLE catalog_listing ALTER COLUMN tokens SET STATISTICS 300",
    "ALTER TABLE catalog_listing ALTER COLUMN category_id SET STATISTICS 1000",
    "ALTER TABLE catalog_listing SET (autovacuum_analyze_scale_factor = 0.02)",
    "ALTER TABLE catalog_category SET (autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0.02)",
    "ALTER TABLE vendors_vendor SET (autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0.02)",
)
POSTGRESQL_UNDONE = (
    "DROP INDEX IF EXISTS listing_nearest",
    "ALTER TABLE catalog_listing ALTER COLUMN tokens SET STATISTICS -1",
    "ALTER TABLE catalog_listing ALTER COLUMN category_id SET STATISTICS -1",
    "ALTER TABLE catalog_listing RESET (autovacuum_analyze_scale_factor)",
    "ALTER TABLE catalog_category RESET (autovacuum_analyze_threshold, autovacuum_analyze_scale_factor)",
    "ALTER TABLE vendors_vendor RESET (autovacuum_analyze_threshold, autovacuum_analyze_scale_factor)",
)


def run(schema_editor, statements):
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement, params=None)


def make(apps, schema_editor):
    run(schema_editor, POSTGRESQL)


def undo(apps, schema_editor):
    run(schema_editor, POSTGRESQL_UNDONE)


class Migration(migrations.Migration):

    replaces = [("catalog", "0013_lists_at_any_size")]
    dependencies = [
        ("catalog", "0001_squashed_0018_weights"),
        ("vendors", "0001_squashed_0003_by_place"),
    ]

    operations = [
        migrations.RunPython(make, undo),
    ]
