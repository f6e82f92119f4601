"""The stamp of what defines typed documents: every worker sees from it, in one read, that a definition has changed."""

from django.db import models

from core.models.bases import Tally


class DocumentStamp(Tally):
    """One row. Its value is new after every change of a definition, in the definition's own transaction."""

    value = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.value
