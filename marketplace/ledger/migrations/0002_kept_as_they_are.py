"""The database itself refuses to change what was posted, and on PostgreSQL a journal that does not add up to zero."""

from typing import Any

from django.db import migrations

TABLES = ("ledger_account", "ledger_journal", "ledger_posting", "ledger_linesplit", "ledger_linecommission")
SQLITE = tuple(
    f"CREATE TRIGGER {table}_{verb} BEFORE {verb.upper()} ON {table}"
    f" BEGIN SELECT RAISE(ABORT, 'What was posted is never changed: post what takes it back.'); END"
    for table in TABLES
    for verb in ("update", "delete")
)
SQLITE_UNDONE = tuple(f"DROP TRIGGER IF EXISTS {table}_{verb}" for table in TABLES for verb in ("update", "delete"))

POSTGRESQL = (
    """
    CREATE FUNCTION ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'What was posted is never changed: post what takes it back.' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    *(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_is_kept()"
        for table in TABLES
    ),
    # At the commit: a journal has at least two postings, in each currency they add up to zero, and each is in that of its account.
    """
    CREATE FUNCTION ledger_journal_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        which bigint := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
    BEGIN
        IF (SELECT count(*) FROM ledger_posting WHERE journal_id = which) < 2
            OR EXISTS (
                SELECT 1 FROM ledger_posting WHERE journal_id = which
                GROUP BY amount_currency HAVING sum(amount_minor) <> 0
            )
            OR EXISTS (
                SELECT 1 FROM ledger_posting AS line JOIN ledger_account AS account ON account.id = line.account_id
                WHERE line.journal_id = which AND line.amount_currency <> account.currency
            )
        THEN
            RAISE EXCEPTION 'Journal % does not add up to zero.', which USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    "CREATE CONSTRAINT TRIGGER ledger_journal_balances AFTER INSERT ON ledger_journal"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_journal_balances('id')",
    "CREATE CONSTRAINT TRIGGER ledger_posting_balances AFTER INSERT ON ledger_posting"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_journal_balances('journal_id')",
)
POSTGRESQL_UNDONE = (
    "DROP TRIGGER IF EXISTS ledger_posting_balances ON ledger_posting",
    "DROP TRIGGER IF EXISTS ledger_journal_balances ON ledger_journal",
    *(f"DROP TRIGGER IF EXISTS {table}_kept ON {table}" for table in TABLES),
    "DROP FUNCTION IF EXISTS ledger_journal_balances()",
    "DROP FUNCTION IF EXISTS ledger_is_kept()",
)


def _run(editor: Any, sqlite: tuple[str, ...], postgresql: tuple[str, ...]) -> None:
    for statement in postgresql if editor.connection.vendor == "postgresql" else sqlite:
        editor.execute(statement, params=None)


def guard(_apps: Any, editor: Any) -> None:
    _run(editor, SQLITE, POSTGRESQL)


def unguard(_apps: Any, editor: Any) -> None:
    _run(editor, SQLITE_UNDONE, POSTGRESQL_UNDONE)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_squashed_0003_wallets")]
    operations = [migrations.RunPython(guard, unguard)]
