"""How a file's headers are understood: as said, as remembered, as another system's, or as guessed; and what is remembered of it."""

from collections.abc import Mapping, Sequence
from hashlib import blake2s
from itertools import islice
from typing import Any

from core import context
from core.actions import action
from core.jobs.models import ColumnMemory, keeper_of
from core.resources import documents, headers
from core.resources.declaration import Resource
from core.resources.headers import Dialect
from core.resources.transfer_cells import Plan
from core.resources.transfer_columns import ATTRIBUTE, Column, Columns
from core.rules import Actor, policy_of
from core.transfers.uploads import Kept

CHECKED = 1_000  # so many rows of a file are looked at before anything is saved
PLACES = 300
MEMORIES = 20


def offered(resource: type[Resource], actor: Actor) -> list[Column]:
    """The columns a file may bring."""
    found = Columns(resource, actor).imported()
    return found if len(found) > 1 else []


def may_import(resource: type[Resource], actor: Actor) -> bool:
    """May the actor bring rows of the resource at all? Asked again by the job, as it runs."""
    policy = policy_of(resource.model)
    return (
        resource.transfer
        and (policy.may_ever(actor, "create") or policy.may_ever(actor, "change"))
        and bool(offered(resource, actor))
    )


class Understanding:
    """A file's headers as one actor may use them: what is offered, what was remembered, and the plan that follows."""

    def __init__(self, resource: type[Resource], actor: Actor, file: Kept) -> None:
        self.resource, self.actor, self.file = resource, actor, file
        with file.opened() as (found, rows):
            self.headers, self.sample = found, list(islice(rows, CHECKED))
        self.columns = offered(resource, actor)
        self.dialect: Dialect | None = headers.recognised(self.headers, resource.dialects)
        self.memory, self.remembered = recall(resource, actor, self.headers)

    def usual(self, constants: Mapping[str, str] | None = None, empty_words: Sequence[str] | None = None) -> Plan:
        """The plan where nobody has said which header means what."""
        fixed = dict(self.memory.constants) if constants is None and self.memory else dict(constants or {})
        words = empty_words if empty_words is not None else self.memory.empty_words if self.memory else ("NA",)
        known = {each.header for each in self.columns}
        first = self._guess(self.columns)
        attributes = self.attributes(fixed, first)
        mapping = self._keyed(self._guess([*self.columns, *attributes]))
        return self._plan(mapping, {name: text for name, text in fixed.items() if name in known}, tuple(words))

    def said(
        self, chosen: Mapping[str, str], constants: Mapping[str, str], empty_words: Sequence[str], *, more: bool
    ) -> Plan:
        """The plan as somebody chose it; what is no column of theirs is left out. `more`: guess at attributes as well."""
        attributes = self.attributes(constants, chosen)
        known = {each.header for each in self.columns} | {each.header for each in attributes}
        mapping = {header: ours for header, ours in chosen.items() if ours in known and header in self.headers}
        if more:
            rest = headers.guess([each for each in self.headers if each not in mapping], attributes)
            mapping |= {header: ours for header, ours in rest.items() if ours not in mapping.values()}
        return self._plan(
            mapping, {name: text for name, text in constants.items() if name in known}, tuple(empty_words)
        )

    def attributes(self, constants: Mapping[str, str], mapping: Mapping[str, str]) -> list[Column]:
        """The attributes of the places that a constant or the file's first rows name, each code once."""
        if not self.resource.document:
            return []
        found: dict[str, Column] = {}
        for place in self._places(constants, mapping):
            definitions = self.resource.model(**place).document_definitions()  # type: ignore[attr-defined]
            for each in documents.seen_by(self.actor, definitions):
                column = Column(
                    f"{ATTRIBUTE}{each.code}", self.resource.document, each.label, str, str, attribute=each.code
                )
                found.setdefault(each.code, column)
        return list(found.values())

    def remember(self, plan: Plan) -> None:
        """Keep what was chosen, for the next file with these headers."""
        mapping = {headers.plain(each): plan.mapping.get(each, "") for each in self.headers if headers.plain(each)}
        said = {"mapping": mapping, "constants": dict(plan.constants), "empty_words": list(plan.empty_words)}
        held = self.memory
        if held is not None and all(getattr(held, name) == value for name, value in said.items()):
            held.used_at = context.now()
            ColumnMemory.objects.filter(pk=held.pk).update(used_at=held.used_at)
            return
        keep_columns(by=self.actor, resource=self.resource.path, digest=digest_of(self.headers), said=said)

    def _plan(self, mapping: dict[str, str], constants: dict[str, str], words: tuple[str, ...]) -> Plan:
        return Plan(mapping, constants, words, self.file.name, self.dialect.name if self.dialect else "")

    def _guess(self, columns: Sequence[Column]) -> dict[str, str]:
        return headers.guess(
            self.headers,
            columns,
            aliases=self.resource.aliases,
            dialect=self.dialect,
            remembered=self.remembered,
        )

    def _keyed(self, mapping: dict[str, str]) -> dict[str, str]:
        """An `id` that is not a number of ours is another system's: it is the key by which the resource's rows are found again."""
        theirs = next((header for header, ours in mapping.items() if ours == "id"), None)
        key = self.resource.key[0]
        if (
            theirs is None
            or key == "id"
            or key in mapping.values()
            or all(str(row.get(theirs, "")).isdigit() for row in self.sample[:50])
        ):
            return mapping
        return {header: key if header == theirs else ours for header, ours in mapping.items()}

    def _places(self, constants: Mapping[str, str], mapping: Mapping[str, str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        columns = Columns(self.resource, self.actor)
        name = self.resource.model.document_depends_on[0]  # type: ignore[attr-defined]
        field: Any = self.resource.model._meta.get_field(name)
        header = next((theirs for theirs, ours in mapping.items() if ours == name), "")
        texts = dict.fromkeys(self._read(header, row) for row in self.sample if header)
        for text in [each for each in (constants.get(name, ""), *texts) if each][:PLACES]:
            try:
                found.append({field.attname: columns.find(field, text)})
            except ValueError:
                continue
        return found

    def _read(self, header: str, row: Mapping[str, Any]) -> str:
        text = str(row.get(header, "")).strip()
        return self.dialect.read(header, text) if self.dialect else text


@action(label="Remember columns")
def keep_columns(*, by: Actor, resource: Any, digest: Any, said: Any) -> ColumnMemory:
    """Keep what an actor's people say that these headers mean."""
    kept, _made = ColumnMemory.objects.update_or_create(
        keeper=keeper_of(by), resource=resource, digest=digest, defaults={**said, "used_at": context.now()}
    )
    return kept


def digest_of(names: Sequence[str]) -> str:
    """What these headers are known by, in whatever order they stand."""
    return blake2s("\0".join(sorted(headers.plain(each) for each in names)).encode(), digest_size=16).hexdigest()


def recall(resource: type[Resource], actor: Actor, names: Sequence[str]) -> tuple[ColumnMemory | None, dict[str, str]]:
    """The memory of exactly these headers, if there is one, and what each of them meant in whichever file came last."""
    own = ColumnMemory.objects.filter(keeper=keeper_of(actor), resource=resource.path)
    exact = own.filter(digest=digest_of(names)).first()
    found: dict[str, str] = {}
    for each in reversed(own.order_by("-used_at")[:MEMORIES]):
        found |= {word: ours for word, ours in each.mapping.items() if ours}  # left out there, it may be wanted here
    if exact is not None:
        found |= exact.mapping
    return exact, found
