"""INSERTs whose text is kept: for every model what is sent, and what the table then holds, is what Django's own gives."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.models import Value
from django.db.models.functions import Lower, Now
from django.db.models.sql import InsertQuery
from django.db.models.sql.compiler import SQLInsertCompiler
from django.test.utils import isolate_apps

from core import context, worded
from core.models import Audit, OutboxEvent, ScheduledJob

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
MODELS = [each for each in apps.get_models(include_auto_created=True) if each._meta.managed and not each._meta.proxy]


@pytest.fixture(autouse=True)
def one_moment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is known at first, and a row that is stamped twice is stamped alike."""
    monkeypatch.setattr(worded, "_known", type(worded._known)())
    monkeypatch.setattr("django.utils.timezone.now", lambda: MOMENT)
    token = context.clock.set(MOMENT)
    yield
    context.clock.reset(token)


def sample(field: Any, number: int) -> Any:
    """A value of the field's kind."""
    if field.is_relation:
        return sample(field.target_field, number + 1_000_000)  # never its own key
    kind = field.get_internal_type()
    if field.choices:
        return field.flatchoices[0][0]
    known = {
        "BooleanField": True, "DateTimeField": MOMENT, "DateField": date(2026, 1, 1) + timedelta(number % 300), "TimeField": time(1, 2),
        "DurationField": timedelta(hours=number), "DecimalField": Decimal("1.5"), "FloatField": 1.5, "BinaryField": b"\x00\xff",
        "UUIDField": UUID(int=number + 1), "JSONField": {"ok": [number, "ä", None]}, "GenericIPAddressField": "127.0.0.1",
        "TokensField": [number, 7],
    }  # fmt: skip
    if kind in known:
        return known[kind]
    if "Integer" in kind or "Auto" in kind:
        return number + 1
    return f"x{number}"[: field.max_length]


def rows_of(model: type[models.Model], count: int, *, empty: bool) -> list[models.Model]:
    """New rows with something in each column, or with nothing where nothing may be."""
    return [
        model(**{
            each.attname: None if empty and each.null else sample(each, number)
            for each in model._meta.concrete_fields
            if not each.generated and each is not model._meta.auto_field
        })
        for number in range(count)
    ]  # fmt: skip


def compiler(rows: list[Any], *, ours: bool, returned: bool, fields: list[Any] | None = None) -> Any:
    model = type(rows[0])
    written = [
        each for each in model._meta.concrete_fields if not each.generated and each is not model._meta.auto_field
    ]
    query = InsertQuery(model)
    query.insert_values(fields or written, rows)
    found: Any = query.get_compiler("default")
    assert isinstance(found, worded.Worded)
    if not ours:
        found = type(found).__mro__[2](query, connection, "default")
        assert not isinstance(found, worded.Worded)
    found.returning_fields = model._meta.db_returning_fields if returned else None
    return found


def plain(value: Any) -> Any:
    """Parameters so that they can be compared: the driver's wrapper of JSON has no equality."""
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return (type(value), repr(getattr(value, "obj", value)))


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("returned", [True, False])
def test_of_every_model_the_same_is_sent(count: int, returned: bool) -> None:
    assert len(MODELS) > 80
    for model in MODELS:
        for empty in (
            False,
            True,
            False,
        ):  # a text that was kept with values holds without them, and the other way round
            theirs = compiler(rows_of(model, count, empty=empty), ours=False, returned=returned)
            ours = compiler(rows_of(model, count, empty=empty), ours=True, returned=returned)
            one, other = theirs.as_sql(), ours.as_sql()
            assert [sql for sql, _sent in other] == [sql for sql, _sent in one], model
            assert [plain(sent) for _sql, sent in other] == [plain(sent) for _sql, sent in one], model
            assert ours.returning_params == theirs.returning_params
    known = {model: list(texts.values()) for model, texts in worded._known.items()}
    filled = [each for each in MODELS if any(field.has_db_default() for field in each._meta.concrete_fields)]
    assert [model for model in MODELS if known[model] == [None]] == filled
    assert all(len(texts) == 1 for texts in known.values())


def written(model: type[models.Model], count: int) -> Any:
    """What the table holds after rows were saved one by one or together, or why the database refuses; nothing of it stays."""
    key = model._meta.auto_field
    names = [each.attname for each in model._meta.concrete_fields if each is not key]
    found: Any
    try:
        with transaction.atomic():
            rows = rows_of(model, count, empty=False)
            if count == 1:
                models.Model.save_base(rows[0], raw=True, force_insert=True)
            else:
                model._base_manager.bulk_create(rows)
            assert all(row.pk is not None and not row._state.adding for row in rows)
            found = list(model._base_manager.order_by("pk").values_list(*names))
            transaction.set_rollback(True)
    except DatabaseError as fault:
        found = type(fault), str(fault).partition("DETAIL")[0]
    return found


@pytest.mark.parametrize("count", [1, 2])
def test_of_every_model_the_table_holds_the_same(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted = 0
    for model in MODELS:
        with monkeypatch.context() as patched:
            patched.setattr(worded.Worded, "as_sql", lambda self: super(worded.Worded, self).as_sql())
            usual = written(model, count)
        assert written(model, count) == usual, model
        assert written(model, count) == usual, model  # by then the text is kept
        accepted += isinstance(usual, list)
    assert accepted > 40


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[type[models.Model]]:
    """The models whose INSERTs Django itself has put into words."""
    found: list[type[models.Model]] = []
    usual = SQLInsertCompiler.as_sql

    def as_sql(self: Any) -> Any:
        found.append(self.query.model)
        return usual(self)

    monkeypatch.setattr(SQLInsertCompiler, "as_sql", as_sql)
    return found


def event(name: Any) -> OutboxEvent:
    return OutboxEvent(name=name, payload={"name": str(name)}, request_id="")


def test_a_text_is_built_once_for_the_same_number_of_rows(built: list[Any]) -> None:
    for number in range(3):
        event(f"one {number}").save()
        OutboxEvent.objects.bulk_create([event(f"two {number}"), event(f"two {number}")])
    assert built == [OutboxEvent, OutboxEvent]
    names = list(OutboxEvent.objects.order_by("pk").values_list("name", flat=True))
    assert names == ["one 0", "two 0", "two 0", "one 1", "two 1", "two 1", "one 2", "two 2", "two 2"]


def test_many_rows_and_rows_that_may_be_there_are_djangos(built: list[Any]) -> None:
    many = [event(f"{number}") for number in range(worded.MOST + 1)]
    OutboxEvent.objects.bulk_create(many)
    job = ScheduledJob(name="a", cron="* * * * *", next_run_at=MOMENT)
    for _ in range(2):
        ScheduledJob.objects.bulk_create([job], ignore_conflicts=True)
    assert built == [OutboxEvent, ScheduledJob, ScheduledJob]
    assert len(worded._known) == 0
    assert ScheduledJob.objects.filter(name="a").count() == 1


@pytest.mark.parametrize("known", [False, True])
def test_an_expression_is_compiled_by_django_and_no_text_is_kept_of_it(built: list[Any], known: bool) -> None:
    if known:
        event("plain").save()
    event(Lower(Value("LOUD"))).save()
    OutboxEvent.objects.bulk_create([event("plain"), event(Lower(Value("LOUDER")))])
    event("plain again").save()
    names = list(OutboxEvent.objects.order_by("pk").values_list("name", flat=True))
    assert names == ["plain"] * known + ["loud", "plain", "louder", "plain again"]
    assert len(built) == 3
    assert not any("LOWER" in each.sql for each in worded._known[OutboxEvent].values() if each)


def test_a_field_is_asked_for_its_value_once(monkeypatch: pytest.MonkeyPatch) -> None:
    event("plain").save()
    asked: list[str] = []
    usual = models.Field.pre_save

    def pre_save(self: Any, row: Any, add: bool) -> Any:
        asked.append(self.name)
        return usual(self, row, add)

    monkeypatch.setattr(models.Field, "pre_save", pre_save)
    row = event("plain")
    row.save()
    plainly, asked[:] = list(asked), []
    other = event("plain")
    other.request_id = Lower(Value("LOUD"))  # type: ignore[assignment]
    other.save()
    assert asked == plainly
    monkeypatch.setattr(worded.Worded, "as_sql", lambda self: super(worded.Worded, self).as_sql())
    asked.clear()
    event("plain").save()
    assert asked == plainly


@isolate_apps("core")
def test_a_column_that_the_database_fills_is_djangos() -> None:
    class Stamped(models.Model):
        name = models.CharField(max_length=9)
        at = models.DateTimeField(db_default=Now())

        class Meta:
            app_label = "core"

    for _ in range(2):
        ours = compiler([Stamped(name="a")], ours=True, returned=False).as_sql()
        assert ours == compiler([Stamped(name="a")], ours=False, returned=False).as_sql()
        given = compiler([Stamped(name="a", at=MOMENT)], ours=True, returned=False).as_sql()
        assert given == compiler([Stamped(name="a", at=MOMENT)], ours=False, returned=False).as_sql()
    assert list(worded._known[Stamped].values()) == [None]


@isolate_apps("core")
def test_a_value_that_its_field_makes_an_expression_of_is_djangos() -> None:
    class Shouted(models.CharField):
        def get_db_prep_save(self, value: Any, connection: Any) -> Any:
            return Lower(Value(value)) if value.isupper() else super().get_db_prep_save(value, connection)

    class Said(models.Model):
        text = Shouted(max_length=9)

        class Meta:
            app_label = "core"

    for text in ("low", "LOUD", "low"):
        ours = compiler([Said(text=text)], ours=True, returned=False).as_sql()
        assert ours == compiler([Said(text=text)], ours=False, returned=False).as_sql()


def test_what_is_returned_and_which_columns_are_written_have_texts_of_their_own() -> None:
    some = [Audit._meta.get_field(name) for name in ("verb", "at")]
    rows = rows_of(Audit, 1, empty=False)
    for fields in (None, some):
        for returned in (True, False):
            for _ in range(2):
                ours = compiler(rows, ours=True, returned=returned, fields=fields).as_sql()
                theirs = compiler(rows, ours=False, returned=returned, fields=fields).as_sql()
                assert [sql for sql, _sent in ours] == [sql for sql, _sent in theirs]
                assert len(ours[0][1]) == len(theirs[0][1])
    assert len(worded._known[Audit]) == 4
