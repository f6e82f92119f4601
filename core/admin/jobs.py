"""The engine's long work: imports, and verbs on many rows; each runs with the rights its starter has now."""

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict

from core.actions import Outcome
from core.errors import Denied, DomainError, Missing
from core.jobs.models import Job
from core.jobs.running import JobRun, job, start
from core.resources import operations, transfer
from core.resources.admin import importing, lists, screens
from core.resources.declaration import Resource
from core.resources.registry import resources
from core.rules import Actor, policy_of, scope
from core.schedule import scheduled

CHUNK = 500
DELETE = "delete"


def resource_at(path: str) -> type[Resource]:
    """The resource of a path. Refuses with 404 one that is gone."""
    found = next((each for each in resources() if each.path == path), None)
    if found is None:
        raise Missing()
    return found


def start_import(resource: type[Resource], actor: Actor, file: importing.Kept, plan: transfer.Plan) -> Any:
    """Queue an import of a kept file; answers the job."""
    params = {
        "resource": resource.path,
        "path": file.path,
        "kind": file.kind,
        "name": file.name,
        "mapping": dict(plan.mapping),
        "constants": dict(plan.constants),
        "empty_words": list(plan.empty_words),
    }
    return start("import", by=actor, title=f"Import {file.name}", params=params, total=file.count())


@job("import")
def run_import(run: JobRun) -> Iterator[int]:
    """Bring in a file, as many rows at a time as the importer says; goes on after the last row that was kept."""
    resource, said = resource_at(run.params["resource"]), run.params
    if not screens.may_import(resource, run.actor):
        raise Denied()
    plan = transfer.Plan(said["mapping"], said["constants"], tuple(said["empty_words"]), said["name"])
    importer = transfer.Importer(resource, run.actor, plan)
    file = importing.Kept(said["path"], said["name"], said["kind"], "")
    counts: dict[str, int] = dict(run.job.result.get("counts", {}))
    for chunk in transfer.chunks(file.rows()[1], start=run.checkpoint or 0, size=importer.size):
        for each in importer.run(chunk, save=True):
            refused = each.outcome == "refused"
            counts[each.outcome] = counts.get(each.outcome, 0) + 1
            run.row(each.number, "invalid" if refused else "done", each.sentence if refused else each.outcome, each.pk)
        run.conclude(counts=counts)
        yield chunk[-1][0]


@scheduled("17 3 * * *")
def sweep_imports() -> int:
    """Delete uploads of more than a day ago that no unfinished import reads. Returns how many."""
    unfinished = Job.objects.filter(kind="import").exclude(status__in=("done", "cancelled"))
    return importing.sweep(
        {params["path"] for params in unfinished.values_list("params", flat=True) if "path" in params}
    )


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
