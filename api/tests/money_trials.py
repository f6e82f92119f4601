"""How the cells of the money matrix are tried over the API: a stranger's row must answer as one that never was, and stay as it is."""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count, islice, product
from typing import Any

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from api.tests.money_cells import (
    BODIES,
    EVERYBODYS,
    IN_QUERY,
    OF_BUYER,
    OF_STAFF,
    OF_VENDOR,
    PLAIN,
    WORDS,
    Cell,
    Side,
    cells,
    resource_at,
)
from api.tests.money_keys import NEVER, filled, keys_in, missing, values_in
from core import references
from core.resources.leaks import canaries_not_of, text_of
from marketplace.cast import Api
from marketplace.orders.tests.test_deliveries import photo

#: Whose tables must be the same after every try.
KEPT = ("accounts", "carts", "coupons", "jobs", "ledger", "orders", "payments", "payouts", "shipping", "taxes")
#: Rows of the other side that are tried at each operation, beside those that its own people reach.
FEW = 2
#: How one is answered whose request never came to a row.
UNREACHED = (400, 404, 422)
KEYS = count()


@dataclass
class Found:
    """What a run found: how many requests were tried, in which cells, and a sentence for each leak."""

    tries: int = 0
    cells: set[str] = field(default_factory=set)
    leaks: list[str] = field(default_factory=list)


def kept() -> list[Any]:
    """All rows of money, as they are stored."""
    tables = (model._meta for label in KEPT for model in apps.get_app_config(label).get_models())
    found = []
    with connection.cursor() as cursor:
        for each in tables:
            if each.model_name not in ("user", "session"):
                cursor.execute(f'SELECT * FROM "{each.db_table}" ORDER BY "{each.pk.column}"')
                found.append(cursor.fetchall())
    return found


def ids_in(told: str) -> set[str]:
    """Of what rows an answer is: not of those that stand within them, which are of other resources."""
    try:
        found = json.loads(told)
    except ValueError:
        return set(re.findall(r'"id":"?([A-Z0-9-]+)', told))
    rows = found.get("items", [found]) if isinstance(found, dict) else found
    return {str(each["id"]) for each in rows if isinstance(each, dict) and "id" in each}


@dataclass
class Trial:
    """Somebody of one side (`api`) who tries what is the other side's. `theirs`: the other side's own people, who reach it."""

    audience: str
    api: Api
    mine: Side
    other: Side
    theirs: Api
    allowed: tuple[str, ...]
    #: Leaves out what differs by nothing but words and order: for a second person of the same side.
    is_brief: bool = False
    found: Found = field(default_factory=Found)
    before: list[Any] = field(default_factory=list)

    @cached_property
    def foreign(self) -> dict[str, set[str]]:
        """The other side's keys, by resource."""
        known = OF_BUYER if self.audience == "storefront" else OF_VENDOR
        return {name: {str(each) for each in self.other.ids(name, self.audience, 10_000)} for name in known}

    @cached_property
    def references(self) -> set[str]:
        """The other side's references: no two documents have the same, so that one of these anywhere is a leak."""
        return {each for keys in self.foreign.values() for each in keys if re.fullmatch(references.PATTERN, each)}

    def run(self, *only: str) -> Found:
        """Every cell of the audience (or only those of some resources). What a cell changes is told, and undone."""
        self.before = kept()
        with transaction.atomic():
            for cell in cells(self.audience):
                if not only or cell.resource in only:
                    self.found.cells.add(cell.name)
                    self.try_cell(cell)
                    if cell.method != "GET" and self.audience != "operations":
                        self.unchanged(cell.name)
            self.unchanged(f"all of {self.audience}")
            transaction.set_rollback(True)
        return self.found

    def unchanged(self, after: str) -> None:
        """Is everything stored as it was before the first try?"""
        now = kept()
        if now != self.before:
            self.found.leaks.append(f"{after}: changed what is stored")
            self.before = now

    def try_cell(self, cell: Cell) -> None:
        """All that the table says of one operation."""
        if self.audience == "operations":
            return self.refused_at_the_door(cell)
        if cell.keys:
            self.strangers_rows(cell)
        elif cell.method == "GET":
            self.lists(cell)
        self.strangers_keys_in_the_body(cell)
        return None

    def strangers_rows(self, cell: Cell) -> None:
        """The other side's keys in the path: as if there were no such row, whatever is sent, and nothing changes."""
        theirs = [self.other.ids(resource, self.audience) for _name, resource in cell.keys]
        if not all(theirs):
            return self.leak(cell, "the market has no row of the other side")
        if cell.path.endswith("{code}"):
            theirs = [[each.coupon.code for each in self.other.rows("redemptions", "vendor")[:1]]]
        reaching = (keys for keys in product(*theirs) if self.reaches(cell, keys, self.body(cell, keys)))
        reached = list(islice(reaching, FEW))
        if not reached:
            return self.leak(cell, "not even those whose rows they are reach one, so that the cell shows nothing")
        tried = [*reached, *list(product(*theirs))[:FEW]]
        if len(theirs) == 2:  # one's own row first, then a stranger's under it; and the other way round
            own = [self.mine.ids(resource, self.audience) for _name, resource in cell.keys]
            tried += [(own[0][0], keys[1]) for keys in reached] + [(keys[0], own[1][0]) for keys in reached if own[1]]
        for keys in tried:
            nothing = [missing(each) for each in keys]
            if len(keys) == 2 and keys[0] in self.mine.ids(cell.keys[0][1], self.audience):
                nothing[0] = keys[0]
            body = self.body(cell, keys)
            self.same(cell, (keys, body), (nothing, body), "a stranger's row")
        return None

    def body(self, cell: Cell, keys: Any) -> Any:
        """The body that fits the other side's row: of an order, one of its own shares."""
        return filled(cell, self.other, self.audience, {"share": f"{keys[0]}-A"})

    def reaches(self, cell: Cell, keys: tuple[Any, ...], body: Any) -> bool:
        """Do the other side's own people reach this row? What that does is undone."""
        with transaction.atomic():
            status = self.ask(self.theirs, cell, keys, body)[0]
            transaction.set_rollback(True)
        return status not in UNREACHED and status < 500

    def lists(self, cell: Cell) -> None:
        """A list and a sum hold nothing of the other side, by whatever it is asked, and do not say whether a row is there."""
        status, told = self.ask(self.api, cell, (), None)
        self.clean(cell, told, "as it is", status)
        for name, said in cell.asks_for().items():
            where = f"?{name}="
            if self.is_brief and name not in IN_QUERY:
                continue
            if name in IN_QUERY:
                for key in self.other.ids(IN_QUERY[name], self.audience)[:FEW]:
                    self.same(cell, ((), None, {name: key}), ((), None, {name: missing(key)}), where)
            elif name in WORDS:
                for word in [*sorted(self.references)[:1], "CANARY"]:
                    self.same(cell, ((), None, {name: word}), None, where)
            elif name not in PLAIN:
                self.leak(cell, f"say in money_cells.py what {name} is")
            if name in ("expand", "order", "fields"):
                allowed = said["schema"].get("items", {}).get("enum", [])
                asked = [",".join(allowed)] if name != "order" else allowed
                for each in asked:
                    self.same(cell, ((), None, {name: each}), None, where)

    def strangers_keys_in_the_body(self, cell: Cell) -> None:
        """Each key in a body, one at a time, is the other side's: refused as one that never was."""
        if cell.schema is None:
            return None
        if cell.name not in BODIES:
            return self.leak(cell, "give it a valid body in money_cells.py")
        body = BODIES[cell.name]
        named = set(keys_in(body))
        unsaid = cell.keys_in_body() - {name for name, _of in named} - EVERYBODYS
        if unsaid:
            self.leak(cell, f"its body in money_cells.py leaves out {sorted(unsaid)}")
        own = [self.mine.ids(resource, self.audience)[:1] for _name, resource in cell.keys]
        for name, of in sorted(named, key=str):
            if self.audience == "storefront" and of.resource in ("listings", "variants"):
                continue  # what is on show is everybody's to buy
            for keys in product(*own):
                for key in self.other.ids(of.resource, self.audience)[:FEW]:
                    sent = filled(cell, self.mine, self.audience, {name: key})
                    never = filled(cell, self.mine, self.audience, {name: missing(key)})
                    self.same(cell, (keys, sent), (keys, never), f"a stranger's {name} in the body")
        return None

    def refused_at_the_door(self, cell: Cell) -> None:
        """Who does not run the market gets one answer from all of operations, whatever is there."""
        rows = [self.other.ids(resource, "vendor") if resource in OF_VENDOR | dict.fromkeys(OF_STAFF) else [7]
                for _name, resource in cell.keys]  # fmt: skip
        keys = [each[0] if each else NEVER for each in rows]
        never = ([missing(each) for each in keys], {}) if keys else None
        self.same(cell, (keys, {}), never, "the door", only=(401, 403, 404))

    def same(
        self, cell: Cell, tried: tuple[Any, ...], never: tuple[Any, ...] | None, how: str, only: Any = None
    ) -> None:
        """Is a try answered as the same with keys that never were; does it show nothing, and change nothing?"""
        status, told = self.ask(self.api, cell, *tried)
        if only is not None and status not in only:
            self.leak(cell, f"{how}: {status}")
        asked = {str(each) for each in (*tried[0], *(tried[2].values() if len(tried) > 2 else ()))}
        self.clean(cell, told, how, status, asked)
        if never is not None:
            nothing = self.ask(self.api, cell, *never)
            if (status, told) != nothing:
                self.leak(
                    cell,
                    f"{how}: {status} {told[:160]} is not the {nothing[0]} {nothing[1][:160]} of one that never was",
                )
            if cell.keys and "row" in how and status not in (403, 404):
                self.leak(cell, f"{how}: {status} {told[:160]}")

    def clean(self, cell: Cell, told: str, how: str, status: int, asked: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        """No canary, no reference and no key of the other side."""
        if status >= 500:
            self.leak(cell, f"{how}: answered {status}")
        seen = canaries_not_of(*self.allowed)(told) | {each for each in self.references - asked if each in told}
        keys = ids_in(told) if status == 200 and cell.resource in self.foreign else set()
        own = self.foreign.get(cell.resource, set()) - asked
        if seen or (keys & own and cell.method == "GET"):
            self.leak(cell, f"{how}: showed {sorted(seen | (keys & own))[:4]}")

    def ask(
        self, api: Api, cell: Cell, keys: Any, body: Any, query: Any = None, *, changes: str = ""
    ) -> tuple[int, str]:
        """What is answered, less what differs between any two requests."""
        path = cell.path
        for (name, _resource), key in zip(cell.keys, keys, strict=True):
            path = path.replace(f"{{{name}}}", str(key))
        headers = {"idempotency_key": f"key-of-a-cell-{next(KEYS):06}", "if_match": self._tag(cell, keys)}
        if cell.method == "GET":
            answer = api.get(path, {"limit": "100"} | (query or {}) if "limit" in cell.asks_for() else query, **headers)
        elif cell.takes_a_file:
            answer = api.upload(path, {"file": SimpleUploadedFile("a.jpg", photo(), "image/jpeg")}, **headers)
        else:
            answer = getattr(api, cell.method.lower())(path, body, **headers)
        told = text_of(answer).partition("}\n")[2]
        self.found.tries += 1
        told = re.sub(r'"(instance|request_id)":"[^"]*",?', "", told)
        for each in sorted(
            {str(each) for each in [*keys, *(query or {}).values(), *values_in(body)]}, key=len, reverse=True
        ):
            told = told.replace(f'"{each}"', '"…"') if answer.status_code != 200 else told
        return answer.status_code, told

    def _tag(self, cell: Cell, keys: Any) -> str:
        if cell.method in ("PATCH", "DELETE") and keys and cell.resource != "cart":
            resource = resource_at(cell.resource)
            row = resource.model._default_manager.filter(**{resource.public_by or "pk": keys[0]}).first()
            return f'"{getattr(row, "version", 1)}-x"'
        return '"1-x"'

    def leak(self, cell: Cell, what: str) -> None:
        self.found.leaks.append(f"{cell.name}: {what}")
