"""The three kinds of model: Record (edited by people), Fact (appended, never changed), Tally (kept by the machine)."""

from typing import Any, ClassVar

from django.db import models
from simple_history.manager import HistoryManager
from simple_history.models import HistoricalRecords

from core import context, deeds
from core.memo import for_good
from core.subclassing import refuse_shadows


class DeedHistory(models.Model):
    """What each history row adds: the deed (see core.models.Audit) that made it."""

    deed = models.UUIDField(null=True, editable=False, db_index=True)

    class Meta:
        abstract = True


def _who(historical: Any) -> int | None:
    return historical.history_user_id


def _keep(historical: Any, _user: Any) -> None:
    """The deed says who acted (core.history), not the request's session."""


class HistoryOf(HistoryManager):
    """The rows of a history. The library makes a class of it each time that one is asked for; it is the same one."""

    from_queryset = classmethod(for_good(HistoryManager.from_queryset.__func__))  # type: ignore[attr-defined]


class History(HistoricalRecords):
    """History without secrets and without what the machine keeps: an old password hash is nobody's to find."""

    def fields_included(self, model: Any) -> list[Any]:
        left_out = model.secret_fields | model.machine_fields
        return [each for each in super().fields_included(model) if each.name not in left_out]


class Moment(models.DateTimeField):
    """A moment that is stamped with the clock of the deed in progress, so that what is done as of a past day reads so."""

    def deconstruct(self) -> Any:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.DateTimeField", args, options  # migrations need not know it

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if not (self.auto_now or (self.auto_now_add and add)):
            return super().pre_save(model_instance, add)
        value = context.now()
        setattr(model_instance, self.attname, value)
        return value


class Kind(models.Model):
    """What all three have in common: nothing private of theirs, or of Django's, is hidden by accident."""

    class Meta:
        abstract = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        refuse_shadows(cls)


class Record(Kind):
    """A row people edit: versioned, with history. Written only inside an action; see core.actions.

    `secret_fields` are never shown in a diff. `machine_fields` may be saved outside an action
    (`update_fields` naming nothing else): bookkeeping such as `last_login`.
    `locked_under` names the relation whose row is locked before this one, where both change together.
    `made_by_machine`: rows are made in numbers by the machine, and have a history from the first change by somebody on.
    """

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = Moment(auto_now_add=True, editable=False)
    updated_at = Moment(auto_now=True, editable=False)
    history = History(
        inherit=True,
        bases=[DeedHistory],
        history_change_reason_field=models.TextField(null=True),
        history_user_id_field=models.BigIntegerField(null=True, db_index=True),
        history_user_getter=_who,
        history_user_setter=_keep,
        history_manager=HistoryOf,
    )

    secret_fields: ClassVar[frozenset[str]] = frozenset()
    machine_fields: ClassVar[frozenset[str]] = frozenset()
    locked_under: ClassVar[str] = ""
    made_by_machine: ClassVar[bool] = False

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """Its name or title where it has one, else its kind and key."""
        return str(getattr(self, "name", "") or getattr(self, "title", "") or f"{self._meta.verbose_name} {self.pk}")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row with a new version. Refuses (RuntimeError) outside of an action."""
        named = kwargs.get("update_fields")
        if named is not None and set(named) <= self.machine_fields:
            self.skip_history_when_saving = True
            try:
                return super().save(*args, **kwargs)
            finally:
                del self.skip_history_when_saving
        deeds.require(self)
        self.derive()
        if not self._state.adding:
            self.version += 1
            if named is not None:
                kwargs["update_fields"] = {*named, "version", "updated_at"}
        return super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the row, leaving its history. Refuses (RuntimeError) outside of an action."""
        deeds.require(self)
        return super().delete(*args, **kwargs)

    def derive(self) -> None:
        """Compute columns that follow from other columns of this very row. Runs before every write, single or bulk."""


class FactQuerySet(models.QuerySet):
    """Facts are appended: a bulk change or removal is refused (TypeError). Erasure has its own, named way."""

    def update(self, **kwargs: Any) -> int:
        raise TypeError(f"{self.model.__name__} rows are facts: they are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError(f"{self.model.__name__} rows are facts: they are never removed.")

    def expire(self, **older: Any) -> int:
        """Remove facts whose retention has ended; the only way, and only by a condition on time."""
        if not older or not all(f"_{name}".endswith(("_at__lt", "_at__lte")) for name in older):
            raise TypeError("Facts expire by time only.")
        return super().filter(**older)._raw_delete(self.db)


class Fact(Kind):
    """A row that happened: appended once, never changed, without history."""

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append the fact; refuses (TypeError) to write one twice."""
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} rows are facts: they are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(f"{type(self).__name__} rows are facts: they are never removed.")


class Tally(Kind):
    """A row the machine keeps: changed by conditional updates, explained by facts or rebuildable, without history."""

    class Meta:
        abstract = True
