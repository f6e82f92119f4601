"""The engine's long work: imports and exports (core.transfers), and verbs on many rows; each with the rights its starter has now."""

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict

from core.actions import Outcome
from core.errors import Denied, DomainError, Missing
from core.jobs.running import JobRun, job, start
from core.resources import operations
from core.resources.admin import lists
from core.resources.declaration import Resource
from core.rules import Actor, policy_of, scope
from core.schedule import scheduled
from core.transfers import exports, imports, undoing, uploads
from core.transfers.imports import resource_at

CHUNK = 500
DELETE = "delete"
KINDS = (imports.IMPORT, imports.CHECK, undoing.UNDO, exports.EXPORT)  # registered as they are imported


@scheduled("17 3 * * *")
def sweep_imports() -> int:
    """Delete uploads of more than a day ago, and files of jobs of more than a week, that nobody reads. Returns how many."""
    return uploads.sweep(imports.wanted_files())


def start_bulk(
    resource: type[Resource], actor: Actor, verb: str, *, query: str, pks: list[int], inputs: dict[str, Any], count: int
) -> Any:
    """Queue a verb on what a list shows (its filter is kept, not its rows), or on the rows that were ticked."""
    label = next((each.look.label.rstrip("…") for each in resource.verbs if each.name == verb), verb.capitalize())
    title = f"{label}: {count:,} {resource.model._meta.verbose_name_plural}"
    params = {"resource": resource.path, "verb": verb, "query": query, "pks": pks, "inputs": inputs}
    return start("bulk", by=actor, title=title, params=params, total=count)


@job("bulk")
def run_bulk(run: JobRun) -> Iterator[int]:
    """Do the verb in the order of keys; rows that are refused stay as they are.

    A simple verb does 500 rows in one transaction. Any other locks more than its row (an order its goods), so each row is
    a transaction of its own: what it locked is free again before the next one locks.
    """
    resource, said = resource_at(run.params["resource"]), run.params
    verb = next((each for each in resource.verbs_of(run.actor.audience) if each.name == said["verb"]), None)
    if (verb is None and said["verb"] != DELETE) or not policy_of(resource.model).may_ever(run.actor, said["verb"]):
        raise Denied()
    inputs = verb.read_inputs(said["inputs"]) if verb else {}
    done, number = run.checkpoint or 0, run.job.done_count + run.job.failed_count
    while True:
        rows = scope(run.actor, resource.model).filter(pk__gt=done)
        if said["pks"]:
            rows = rows.filter(pk__in=said["pks"])
        else:
            rows = rows.filter(lists.asked(resource, run.actor, QueryDict(said["query"])))
        pks = list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if not pks:
            return
        together = [pks] if verb is None or verb.simple else [[pk] for pk in pks]
        for some in together:
            outcomes = (
                verb.many(some, by=run.actor, **inputs) if verb else [_delete(resource, pk, run.actor) for pk in some]
            )
            for outcome in outcomes:
                number += 1
                run.row(number, outcome.code, outcome.message, outcome.pk)
            done = some[-1]
            yield done


def _delete(resource: type[Resource], pk: int, actor: Actor) -> Outcome:
    try:
        operations.delete(resource.model._default_manager.get(pk=pk), by=actor)
    except DomainError as refusal:
        return Outcome(pk, refusal.code, refusal.detail)
    except resource.model.DoesNotExist:
        return Outcome(pk, Missing.code, Missing.sentence)
    return Outcome(pk)
