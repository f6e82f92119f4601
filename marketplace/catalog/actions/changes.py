"""Definition changes: shown with their effect, applied and undone by jobs that can stop anywhere."""

from collections.abc import Iterable, Mapping
from typing import Any

from core import memo
from core.actions import Outcome, action
from core.errors import DomainError, WrongState
from core.events import append
from core.jobs import running
from core.resources import documents
from core.resources.declaration import Resource
from core.resources.definitions import unasked
from core.resources.operations import plain_create, plain_update
from core.rules import Actor
from marketplace.catalog import states
from marketplace.catalog.actions.placements import put_placement
from marketplace.catalog.effects import effect, effect_of, suggestions
from marketplace.catalog.errors import ChangeRuns, DefinitionBreaks
from marketplace.catalog.models import Attribute, ChangedValue, DefinitionChange, Listing, Option
from marketplace.catalog.models.changes import CHANGED
from marketplace.catalog.redefining import BECOMES, KEEPS, Rewriting, code_of, lines

APPLYING, UNDOING = "definition_change", "definition_undo"


def propose_change(resource: type[Resource], values: Mapping[str, Any], *, by: Actor, reason: str = "") -> Any:
    """Propose a change; a mapping that is left empty is filled with what suggests itself. Changes nothing else."""
    made = plain_create(resource, values, by=by, reason=reason)
    if not made.mapping and made.what != DefinitionChange.What.OPTION:
        found = suggestions(made.rewriting(), made.rows())
        if found:
            made = plain_update(resource, made, {"mapping": lines(found)}, by=by, reason=reason)
    return made


def change_mapping(
    resource: type[Resource],
    row: Any,
    values: Mapping[str, Any],
    *,
    by: Actor,
    version: int | None = None,
    reason: str = "",
) -> Any:
    """Change the mapping of a proposal. Refuses with 409 `wrong_state` once it has been applied."""
    found = DefinitionChange.objects.filter(pk=getattr(row, "pk", row)).first()
    if found is not None and found.status != "proposed":
        raise WrongState(state=found.status, verb="change", allowed_from=["proposed"])
    return plain_update(resource, row, values, by=by, version=version, reason=reason)


def change_attribute(
    resource: type[Resource],
    row: Any,
    values: Mapping[str, Any],
    *,
    by: Actor,
    version: int | None = None,
    reason: str = "",
) -> Any:
    """Change an attribute. Refuses with 409 `definition_breaks` bounds and patterns that listings would no longer meet."""
    if {"minimum", "maximum", "pattern"} & set(values):
        attribute = Attribute.objects.filter(pk=getattr(row, "pk", row)).first()
        if attribute is not None:
            _refuse_breaking(attribute, values)
    return plain_update(resource, row, values, by=by, version=version, reason=reason)


def _refuse_breaking(attribute: Attribute, values: Mapping[str, Any]) -> None:
    rewriting = DefinitionChange(attribute=attribute, what="pattern", pattern=attribute.pattern).rewriting()
    for name in ("minimum", "maximum", "pattern"):
        setattr(attribute, name, values.get(name, getattr(attribute, name)))
    try:
        wanted = DefinitionChange(attribute=attribute, what="pattern", pattern=attribute.pattern).rewriting()
        found = effect_of(Rewriting(rewriting.old, wanted.new, {}))
    except (ValueError, TypeError):
        return  # the attribute itself refuses it, in its own words
    if found.loses:
        samples = ", ".join(each.value for each in found.samples[:3])
        raise DefinitionBreaks(count=found.loses, samples=samples)


@action(label="Apply", icon="published_with_changes", danger=True, effect=effect)
def apply_change(change: DefinitionChange, *, by: Actor) -> DefinitionChange:
    """Change the definition now, and rewrite its listings by the mapping, in a job that can be stopped, resumed and undone.

    Refuses with 409 `wrong_state` unless proposed, `change_runs` while another one of the same attribute runs.
    """
    documents.bump()  # the lock of all changes of definitions
    attribute, rewriting = change.attribute, change.rewriting()
    refuse_second(change)
    total = change.rows().count()
    states.CHANGE.move(change, "apply_change")
    options = [[each.id, each.code] for each in rewriting.old.options]
    change.former = {
        "attribute": {name: getattr(attribute, name) for name in CHANGED},
        "options": options,
        "archived": [],
    }
    if change.what == DefinitionChange.What.OPTION:
        _recode(change, by)
    elif change.what == DefinitionChange.What.NARROW:
        change.former["placement"] = put_placement(change.link(), by=by)
    else:
        values = change.target(attribute) | {"is_changing": change.what == DefinitionChange.What.KIND}
        redefine_attribute(attribute, by=by, values=values)
        for position, each in enumerate(rewriting.new.options):
            if not each.id:
                make_option(by=by, attribute=attribute, code=each.code, label=each.label, position=position)
    change.job_id = _start(APPLYING, change, by, total)
    return change


def refuse_second(change: DefinitionChange) -> None:
    """Refuse to begin while another change of the attribute runs."""
    busy = DefinitionChange.objects.filter(attribute=change.attribute_id, status__in=("running", "undoing"))
    if busy.exclude(pk=change.pk).exists():
        raise ChangeRuns(attribute=change.attribute.label)


def _recode(change: DefinitionChange, by: Actor) -> None:
    option = change.option
    assert option is not None
    if Option.objects.filter(attribute=change.attribute, code=change.new_code).exists():
        if not option.is_archived:
            change.former["archived"] = [option.pk]
            put_away(option, by=by, is_archived=True)
    else:
        recode_option(option, by=by, code=change.new_code)


def _start(kind: str, change: DefinitionChange, by: Actor, total: int) -> int:
    title = f"{'Undo' if kind == UNDOING else 'Change'} {change}"
    return running.start(kind, by=by, title=title, params={"change": change.pk}, total=total).pk


@action(label="Undo", icon="undo", danger=True)
def undo_change(change: DefinitionChange, *, by: Actor) -> DefinitionChange:
    """Put the definition back, and what its listings held, where nobody has changed it since.

    Refuses with 409 `wrong_state` unless applied, `change_runs` while another one of the same attribute runs.
    """
    documents.bump()
    refuse_second(change)
    states.CHANGE.move(change, "undo_change")
    retyped = change.what == DefinitionChange.What.KIND
    if change.what == DefinitionChange.What.OPTION and change.option is not None:
        before = dict(map(tuple, change.former["options"]))[change.option.pk]
        if change.option.pk in change.former["archived"]:
            put_away(change.option, by=by, is_archived=False)
        elif change.option.code != before:
            recode_option(change.option, by=by, code=before)
    elif change.what == DefinitionChange.What.NARROW:
        link = change.link()
        for name, value in change.former["placement"].items():
            setattr(link, name, value)
        put_placement(link, by=by)
    else:
        redefine_attribute(change.attribute, by=by, values=change.former["attribute"] | {"is_changing": retyped})
    change.job_id = _start(UNDOING, change, by, ChangedValue.objects.filter(change=change).count())
    return change


@action(label="Withdraw", icon="close")
def withdraw_change(change: DefinitionChange, *, by: Actor) -> DefinitionChange:
    """Take a proposal back. Refuses with 409 `wrong_state` unless proposed."""
    states.CHANGE.move(change, "withdraw_change")
    return change


# --- Steps of applying and undoing -------------------------------------------------------------------------------------


@action(label="Redefine", rule="change")
def redefine_attribute(attribute: Attribute, *, by: Actor, values: Any) -> Attribute:
    """Give an attribute other bounds, pattern or kind: a step of a change."""
    for name, value in values.items():
        setattr(attribute, name, value)
    return attribute


@action(label="Rename", rule="change")
def recode_option(option: Option, *, by: Actor, code: Any) -> Option:
    """Give an option another code: a step of a change. Its tokens stay, for they are made of its key."""
    option.code = code
    return option


@action(label="Put away", rule="change")
def put_away(option: Option, *, by: Actor, is_archived: Any) -> Option:
    """Archive an option that was merged into another, or restore it: a step of a change."""
    option.is_archived = is_archived
    return option


@action(label="Make an option")
def make_option(*, by: Actor, attribute: Any, code: Any, label: Any, position: Any) -> Option:
    """An option that a change of kind asks for; the one of this code, where there is one already."""
    found = Option.objects.filter(attribute=attribute, code=code).first()
    if found is None:
        found = Option(attribute=attribute, code=code_of(code), label=label[:80], position=position)
        found.save()
    return found


@action(label="Finish", rule="apply_change")
def finish_change(change: DefinitionChange, *, by: Actor) -> DefinitionChange:
    """Every listing is rewritten: the attribute is there again."""
    redefine_attribute(change.attribute, by=by, values={"is_changing": False})
    states.CHANGE.move(change, "finish_change")
    return change


@action(label="Finish undoing", rule="undo_change")
def finish_undoing(change: DefinitionChange, *, by: Actor) -> DefinitionChange:
    """Every listing has its value back: the attribute is there again."""
    redefine_attribute(change.attribute, by=by, values={"is_changing": False})
    states.CHANGE.move(change, "finish_undoing")
    return change


@action(label="Change of definition", simple=True)
def mend_listing(listing: Listing, *, by: Actor, change: Any, undo: Any = False) -> Listing:
    """Rewrite one value of a listing as a change says, keeping what it was; or put back what it was."""
    code = change.attribute.code
    document = dict(listing.attributes)
    if undo:
        kept = ChangedValue.objects.get(change=change, listing=listing)
        if document.get(code) != kept.after:
            raise ChangedSince()
        wanted = kept.before
    else:
        if code not in document and code in unasked(listing.document_definitions(), document):
            return listing
        fate = memo.once(("rewriting", change.pk), change.rewriting).of(document.get(code))
        if fate.word == KEEPS:
            return listing
        wanted = fate.value if fate.word == BECOMES else None
        append(ChangedValue(change=change, listing=listing, before=document.get(code), after=wanted))
    document.pop(code, None)
    listing.attributes = document | ({code: wanted} if wanted is not None else {})
    return listing


class ChangedSince(DomainError):
    """The value was changed by somebody since, and stays as they left it."""

    status, code, sentence = 409, "changed_since", "Somebody has changed this value since; it stays as it is."


def mend(change: DefinitionChange, pks: Iterable[int], *, by: Actor, undo: bool = False) -> list[Outcome]:
    """Rewrite a chunk of listings, or put them back. Answers what became of each.

    Who may change definitions need not be one who may edit listings: the job has asked for the former, the latter is Soko's.
    """
    with memo.block():
        system = Actor.system(f"{change}, by {by.name}")
        return mend_listing.many(pks, by=system, change=change, undo=undo)
