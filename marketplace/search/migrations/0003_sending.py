"""What OpenSearch has been told of each entry. The columns are added in place: copying the table on SQLite would lose its triggers."""

from django.db import migrations, models

COLUMNS = {"revision": "bigint NOT NULL DEFAULT 0", "sent": "bigint NOT NULL DEFAULT 0", "is_gone": "boolean NOT NULL DEFAULT false"}
TYPES = {"sqlite": {"is_gone": "bool NOT NULL DEFAULT 0"}, "postgresql": {}}


def add(apps, schema_editor):
    for name, said in (COLUMNS | TYPES[schema_editor.connection.vendor]).items():
        schema_editor.execute(f"ALTER TABLE search_index_entry ADD COLUMN {name} {said}", params=None)


def drop(apps, schema_editor):
    for name in COLUMNS:
        schema_editor.execute(f"ALTER TABLE search_index_entry DROP COLUMN {name}", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ("search_index", "0002_words"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add, drop)],
            state_operations=[
                migrations.AddField("entry", "revision", models.BigIntegerField(default=0)),
                migrations.AddField("entry", "sent", models.BigIntegerField(default=0)),
                migrations.AddField("entry", "is_gone", models.BooleanField(default=False)),
            ],
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("sent__lt", models.F("revision"))), fields=["revision"], name="entry_to_be_sent"
            ),
        ),
    ]
