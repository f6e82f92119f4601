"""The database's own index of words: of each kind of database its own, and nothing on the other."""

from django.db import migrations

SQLITE = (
    # Words come folded and parted by spaces; this tokenizer parts ASCII and takes everything else as a letter.
    "CREATE VIRTUAL TABLE search_words USING fts5(title, facts, body, content='search_index_entry', content_rowid='listing_id',"
    " tokenize='ascii', detail='column', prefix='2 3')",
    "CREATE TRIGGER search_index_entry_made AFTER INSERT ON search_index_entry BEGIN"
    " INSERT INTO search_words(rowid, title, facts, body) VALUES (new.listing_id, new.title, new.facts, new.body); END",
    "CREATE TRIGGER search_index_entry_gone AFTER DELETE ON search_index_entry BEGIN"
    " INSERT INTO search_words(search_words, rowid, title, facts, body)"
    " VALUES ('delete', old.listing_id, old.title, old.facts, old.body); END",
    "CREATE TRIGGER search_index_entry_changed AFTER UPDATE OF title, facts, body ON search_index_entry BEGIN"
    " INSERT INTO search_words(search_words, rowid, title, facts, body)"
    " VALUES ('delete', old.listing_id, old.title, old.facts, old.body);"
    " INSERT INTO search_words(rowid, title, facts, body) VALUES (new.listing_id, new.title, new.facts, new.body); END",
    # Two spaces before a word and one after it, as pg_trgm does it: its beginning and its end are pieces too.
    "CREATE VIRTUAL TABLE search_pieces USING fts5(word, tokenize='trigram')",
    "CREATE TRIGGER search_index_knownword_made AFTER INSERT ON search_index_knownword BEGIN"
    " INSERT INTO search_pieces(rowid, word) VALUES (new.id, '  ' || new.word || ' '); END",
    "CREATE TRIGGER search_index_knownword_gone AFTER DELETE ON search_index_knownword BEGIN"
    " DELETE FROM search_pieces WHERE rowid = old.id; END",
)
#: What undoes them, in order.
SQLITE_UNDONE = (
    "DROP TRIGGER IF EXISTS search_index_knownword_gone",
    "DROP TRIGGER IF EXISTS search_index_knownword_made",
    "DROP TABLE IF EXISTS search_pieces",
    "DROP TRIGGER IF EXISTS search_index_entry_changed",
    "DROP TRIGGER IF EXISTS search_index_entry_gone",
    "DROP TRIGGER IF EXISTS search_index_entry_made",
    "DROP TABLE IF EXISTS search_words",
)

#: Each word becomes a lexeme for every zone that holds it, the zone's letter before it, so that a GIN look-up alone answers for a
#: zone, without reading rows for their weights. The words are folded and parted before they come here: no parser, dictionary
#: or locale of the server has a say (what `simple` would leave of them is what they are).
POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    """
    CREATE FUNCTION search_lexemes(title text, facts text, body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT array_to_tsvector(array(
            SELECT 't' || word FROM unnest(string_to_array(title, ' ')) AS word WHERE word <> ''
            UNION SELECT 'f' || word FROM unnest(string_to_array(title || ' ' || facts, ' ')) AS word WHERE word <> ''
            UNION SELECT 'b' || word
            FROM unnest(string_to_array(title || ' ' || facts || ' ' || body, ' ')) AS word WHERE word <> ''
        ))
    $$
    """,
    "ALTER TABLE search_index_entry ADD COLUMN lexemes tsvector GENERATED ALWAYS AS (search_lexemes(title, facts, body)) STORED",
    # Frequent words must be known to be frequent, or the planner takes the index where reading the newest rows is quicker.
    "ALTER TABLE search_index_entry ALTER COLUMN lexemes SET STATISTICS 1000",
    "CREATE INDEX search_index_entry_lexemes ON search_index_entry USING gin (lexemes)",
    "CREATE INDEX search_index_knownword_near ON search_index_knownword USING gist (word gist_trgm_ops)",
)
#: What undoes them, in order. The extension stays: others may use it.
POSTGRESQL_UNDONE = (
    "DROP INDEX IF EXISTS search_index_knownword_near",
    "ALTER TABLE search_index_entry DROP COLUMN IF EXISTS lexemes",
    "DROP FUNCTION IF EXISTS search_lexemes(text, text, text)",
)


def run(schema_editor, sqlite, postgresql):
    for statement in {"sqlite": sqlite, "postgresql": postgresql}[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def make(apps, schema_editor):
    run(schema_editor, SQLITE, POSTGRESQL)


def undo(apps, schema_editor):
    run(schema_editor, SQLITE_UNDONE, POSTGRESQL_UNDONE)


class Migration(migrations.Migration):

    dependencies = [
        ("search_index", "0001_squashed_0004_tuning"),
    ]

    operations = [
        migrations.RunPython(make, undo),
    ]
