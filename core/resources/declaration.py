"""What a resource declares: one class per model, from which its admin, API, transfer, history and tests are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from django.db.models import Q

from core.actions import Action
from core.audiences import ALL, AUDIENCES, NOBODY, OPERATIONS, STOREFRONT, VENDOR, Audience
from core.memo import for_good
from core.resources.headers import Dialect
from core.rules import Actor, Rows, nobody, policy_of
from core.subclassing import is_method


class Filter(Enum):
    """How a column may be filtered, and which parameters that gives."""

    EXACT = "exact"  # ?vendor=7
    ANY_OF = "any_of"  # ?status=draft,pending
    RANGE = "range"  # ?price_min=1&price_max=9
    SUBTREE = "subtree"  # ?category=3, itself and everything below it
    TOKENS = "tokens"  # ?attr.color=red,blue&attr.year_min=2010
    IS_SET = "is_set"  # ?photo=true
    MOMENT = "moment"  # as RANGE, and ?approved_within=7d


class On(Enum):
    """When a column may be written."""

    CREATE = "create"
    CHANGE = "change"
    BOTH = "both"


EXACT, ANY_OF, RANGE, SUBTREE, TOKENS, IS_SET, MOMENT = Filter
CREATE, CHANGE = On.CREATE, On.CHANGE


@dataclass(frozen=True)
class F:
    """One column, as each audience may use it. A column that is not declared exists nowhere outside.

    `read`, `write`: audiences. Nobody writes unless said; `on` narrows writing to creation or to changes.
    `search`, `order`: may be searched as text, ordered by. `filter`: see Filter. `expand`: the related card may be asked for.
    `preset`: Actor -> value, set at creation where the audience may not write it. `card`: also part of list rows.
    `compute`, `type`, `needs`: a read-only value made from a row (`compute(row)`), its type, and the columns it reads;
    `compute_for` takes (row, actor) where the answer depends on who asks. `facet`: counted by value in /facets. `pictures`:
    addresses of small pictures of the value, for screens to show in its place. `through`: for a computed value, the path of
    the column by which it is filtered, such as "listing__category". `given`: no column of the row, but a value that the resource's
    own create and update take; `compute` may read what is there, without it the value is written only. `where`: for a
    computed value that is one of a few words, which rows have each word; filtered as ANY_OF. `until`: for a computed value
    that ends by the clock, the column of the moment at which it does.
    """

    read: Audience = ALL
    write: Audience = NOBODY
    on: On = On.BOTH
    search: bool = False
    order: bool = False
    filter: Filter | None = None
    expand: bool = False
    facet: bool = False
    card: bool = True
    preset: Callable[[Actor], Any] | None = None
    compute: Callable[[Any], Any] | None = None
    compute_for: Callable[[Any, Actor], Any] | None = None
    type: Any = None
    needs: tuple[str, ...] = ()
    help: str = ""
    pictures: Callable[[Any], list[str]] | None = None
    through: str = ""
    given: bool = False
    where: Mapping[str, Q] | None = None
    until: str = ""


@dataclass(frozen=True)
class Look:
    """How the admin shows a resource; it can narrow nothing and widen nothing. Names are declared fields.

    `columns`: of the changelist, six at most. `tabs`: {"Content": ("title", "price"), ...}; what is not named comes first.
    `facts`: read-only side panel. `filters`: order of the filter sheet. `inlines`: resources of child rows.
    `header`: the model's method that gives the first column as (image, title, sub-title).
    """

    columns: tuple[str, ...] = ()
    tabs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    inlines: tuple[str, ...] = ()
    header: str = ""
    empty: str = ""
    help: str = ""


OPERATIONS_OF_AUDIENCE = ("list", "facets", "pick", "get", "create", "update", "delete", "bulk")


@for_good
def _readable(resource: "type[Resource]", audience: Audience, *, card: bool) -> dict[str, F]:
    return {name: f for name, f in resource.fields.items() if f.read & audience and (f.card or not card)}


class Resource:
    """A model, declared. Subclasses set class attributes only; there are no hooks.

    The ladder, one rung at a time: declare; add an action; subclass the generated admin or replace one operation; eject.
    """

    #: The Record (or Fact, read-only) it declares.
    model: ClassVar[type[Any]]  # a Record or a Fact; typed loosely, because its fields are declared by name
    #: Sidebar group, and the tag in the API document.
    group: ClassVar[str] = ""
    #: Material symbol in the sidebar.
    icon: ClassVar[str] = "table_rows"
    #: The columns, in the order in which they are shown: the allow-list.
    fields: ClassVar[Mapping[str, F]] = {}
    #: The verbs, in the order of their buttons.
    verbs: ClassVar[tuple[Action, ...]] = ()
    #: Default order; a unique tail is added. Columns with a leading minus descend.
    order: ClassVar[tuple[str, ...]] = ("-id",)
    #: A column that also resolves a row in the API, beside the id; such as "slug".
    also_by: ClassVar[str] = ""
    #: Resolves a former value of `also_by` to a key, or None: old slugs answer with the new one.
    formerly: ClassVar[Any] = None  # Callable[[str], int | None]; a bare function would be bound
    #: A column by which alone a row is known outside, such as "reference": it is the API's `id`, and the key appears nowhere.
    public_by: ClassVar[str] = ""
    #: Columns that identify a row in an import file, unique within what the importer may change.
    key: ClassVar[tuple[str, ...]] = ("id",)
    #: Operations each audience has not, though its policy would allow them: {"storefront": ("facets",)}.
    off: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    #: Operations replaced by a function of the same signature: {"create": my_create}.
    operations: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    #: The typed document column, if the model has one (core.resources.documents).
    document: ClassVar[str] = ""
    #: The columns of latitude and longitude, in degrees: lists take `lat`, `lng`, `radius` and `bbox` and say the distance.
    place: ClassVar[tuple[str, ...]] = ()
    #: May it be imported and exported?
    transfer: ClassVar[bool] = True
    #: Other names for its columns in files, everyday ones: {"on_hand": ("Qty", "Stock")}.
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    #: Files of other systems that an import knows by their headers (core.resources.headers).
    dialects: ClassVar[tuple[Dialect, ...]] = ()
    #: How the admin shows it.
    look: ClassVar[Look] = Look()
    #: Cards may be kept by anonymous caches for this many seconds.
    public_max_age: ClassVar[int] = 0
    #: And in our own cache, which knows when they change, for this many.
    public_kept: ClassVar[int] = 0

    path: ClassVar[str] = ""
    name: ClassVar[str] = ""

    def __init_subclass__(cls, abstract: bool = False) -> None:
        hooked = sorted(name for name, value in Resource.__dict__.items() if name in cls.__dict__ and is_method(value))
        if hooked:
            raise TypeError(f"{cls.__name__} replaces {', '.join(hooked)}; a resource has no hooks, only declarations.")
        if abstract:
            return
        words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in cls.__name__).lstrip("-")
        cls.path = cls.__dict__.get("path", words)
        cls.name = cls.__dict__.get("name", cls.model.__name__)
        from core.resources.registry import register  # the registry imports this module for its types

        register(cls)

    @classmethod
    def rows(cls, audience: Audience) -> Rows:
        return policy_of(cls.model).rows(audience)

    @classmethod
    def serves(cls, audience: Audience) -> bool:
        """Has this audience anything of it at all?"""
        return cls.rows(audience).view is not nobody

    @classmethod
    def readable(cls, audience: Audience, *, card: bool = False) -> dict[str, F]:
        """The columns the audience may read (those of list rows only, if `card`)."""
        return dict(_readable(cls, audience, card=card))

    @classmethod
    def located(cls, audience: Audience) -> bool:
        """May the audience ask where its rows are?"""
        return bool(cls.place) and all(cls.fields[name].read & audience for name in cls.place)

    @classmethod
    def writable(cls, audience: Audience, on: On) -> dict[str, F]:
        """The columns the audience may write when creating, or when changing."""
        return {name: f for name, f in cls.fields.items() if f.write & audience and f.on in (on, On.BOTH)}

    @classmethod
    def verbs_of(cls, audience: Audience) -> tuple[Action, ...]:
        """The verbs that the audience's rules name."""
        return tuple(verb for verb in cls.verbs if verb.name in cls.rows(audience).verbs)

    @classmethod
    def operations_of(cls, audience: Audience) -> tuple[str, ...]:
        """The operations that the audience has: what its rules allow somebody, less what is switched off."""
        rows = cls.rows(audience)
        if not cls.serves(audience):
            return ()
        has = ["list", "pick", "get"]
        if any(f.facet and f.read & audience for f in cls.fields.values()):
            has.append("facets")
        if rows.create is not nobody and cls.writable(audience, On.CREATE):
            has.append("create")
        if rows.change is not nobody and cls.writable(audience, On.CHANGE):
            has += ["update"] if cls.public_by else ["update", "bulk"]
        if rows.delete is not nobody:
            has.append("delete")
        return tuple(
            each for each in OPERATIONS_OF_AUDIENCE if each in has and each not in cls.off.get(audience.word, ())
        )


__all__ = [
    "ANY_OF",
    "AUDIENCES",
    "CHANGE",
    "CREATE",
    "EXACT",
    "IS_SET",
    "MOMENT",
    "OPERATIONS",
    "RANGE",
    "STOREFRONT",
    "SUBTREE",
    "TOKENS",
    "VENDOR",
    "F",
    "Filter",
    "Look",
    "On",
    "Resource",
]
