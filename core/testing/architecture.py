"""House rules that an import graph cannot see: each is a function of a source tree that answers what breaks it.

Every rule's docstring tells the incident it prevents. `ALL` is what the tests run, on the tree itself and on a planted
violation of each. Rules read the source and never import it, so that a copy of the tree can be judged as well.
"""

import ast
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("core", "marketplace", "api")
LONGEST = 400
MONEY_DOMAINS = ("carts", "orders", "payments", "ledger", "payouts", "shipping", "taxes", "boosts", "coupons")
PURE_FILES = ("rules.py", "states.py", "totals.py", "commission.py", "calculators.py", "money.py")
CLOCKS = {"now", "utcnow", "today", "time", "monotonic"}
CLOCK_OWNERS = {"timezone", "datetime", "date", "time", "context", "clock"}
NAMELESS = {"util", "utils", "helper", "helpers", "common", "misc"}
MARKET_WORDS = {
    *(
        "listing",
        "vendor",
        "seller",
        "buyer",
        "shopper",
        "courier",
        "moderator",
        "cart",
        "checkout",
        "shipment",
        "payout",
    ),
    *("coupon", "boost", "variant", "sku", "category", "categories", "marketplace"),
}
AUDIENCE_NAMES = {"vendor", "VENDOR"}
SPEAK_HTTP = ("core/errors.py", "core/idempotency.py")  # their `status` is a number that HTTP gives
RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField", "TreeForeignKey"}
QUEUE_OWNERS = ("events", "relay", "tasks", "jobs", "worker", "schedule", "queueing")
DOORS = {"enqueue", "aenqueue", "delay", "apply_async"}
MANAGERS = {"objects", "_default_manager", "_base_manager"}


@dataclass(frozen=True)
class Violation:
    """One place that breaks a rule."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


Rule = Callable[[Path], Iterator[Violation]]


@dataclass(frozen=True)
class Source:
    """A Python file of the tree: where it is, and what it says."""

    path: Path
    under: str
    tree: ast.Module

    @property
    def parts(self) -> tuple[str, ...]:
        return Path(self.under).parts

    def breaks(self, node: ast.AST, sentence: str) -> Violation:
        return Violation(self.under, getattr(node, "lineno", 1), sentence)


def sources(root: Path, *packages: str, tests: bool = False) -> Iterator[Source]:
    """The Python files of these packages (all, unless said), without migrations and, unless asked, without tests."""
    for package in packages or PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            under = path.relative_to(root)
            left_out = {"migrations"} if tests else {"migrations", "tests", "testing", "conftest.py"}
            if not left_out.intersection(under.parts):
                yield Source(path, under.as_posix(), ast.parse(path.read_text(), filename=str(path)))


def tiers(root: Path) -> dict[str, int]:
    """The tier of every domain, 0 at the bottom, read from the import contract so that the two cannot differ."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "tiers")
    return {name: tier for tier, layer in enumerate(reversed(layers)) for name in re.findall(r"\w+", layer)}


def foreign_keys_point_down(root: Path) -> Iterator[Violation]:
    """A relation points to the same tier or lower.

    A string such as "orders.Order" imports nothing, so the import contract cannot see it, yet it ties two domains for
    good: payments that held a key to an order could never be migrated, tested or reused without orders.
    """
    tier = tiers(root)
    for source in sources(root):
        own = tier.get(source.parts[1], -1) if source.parts[0] == "marketplace" else -1
        imported = {
            alias.asname or alias.name: node.module.split(".")[1]
            for node in ast.walk(source.tree)
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("marketplace.")
            for alias in node.names
        }
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and called(node) in RELATIONS:
                keyword = next((word.value for word in node.keywords if word.arg in ("to", "through")), None)
                for target in (*node.args[:1], *([keyword] if keyword else [])):
                    domain = domain_of(target, imported)
                    if domain in tier and tier[domain] > own:
                        yield source.breaks(node, f"a relation points up, to {domain}; let it publish an event instead")


def domain_of(target: ast.expr, imported: dict[str, str]) -> str:
    """The domain a relation's target names, or nothing."""
    if isinstance(target, ast.Constant) and isinstance(target.value, str) and "." in target.value:
        return target.value.split(".")[0]
    while isinstance(target, ast.Attribute):
        target = target.value
    return imported.get(target.id, "") if isinstance(target, ast.Name) else ""


def only_states_assign_a_status(root: Path) -> Iterator[Violation]:
    """Nothing but `core/states.py` assigns a status, neither on a row nor by a bulk update.

    `order.status = "cancelled"; order.save()` asks no rule, locks nothing, tells nobody and leaves no history; shops
    with one such line ship cancelled orders. Tests may arrange what they like.
    """
    moves = (node for source in sources(root) for node in calls_of(source.tree, "Moves"))
    columns = {"status"} | {name for node in moves for name in texts(node.args[:1])}
    for source in sources(root):
        if source.under in ("core/states.py", *SPEAK_HTTP):
            continue
        for node in ast.walk(source.tree):
            named: set[str] = set()
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                named = {node.attr}
            elif isinstance(node, ast.Call) and called(node) == "update":
                named = {word.arg for word in node.keywords if word.arg}
            elif isinstance(node, ast.Call) and called(node) in ("setattr", "bulk_update"):
                named = texts(node.args[1:])
            for column in sorted(columns & named):
                yield source.breaks(node, f"only a Moves table may assign {column}; add a verb to the states")


def calls_of(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) == name)


def texts(nodes: list[ast.expr]) -> set[str]:
    """The strings written anywhere in these expressions."""
    parts = (part for node in nodes for part in ast.walk(node) if isinstance(part, ast.Constant))
    return {part.value for part in parts if isinstance(part.value, str)}


def the_api_asks_no_manager(root: Path) -> Iterator[Violation]:
    """`api/` never starts a query from a model's manager.

    A manager knows no rule: the classic leak of marketplaces is a route that filtered by hand, and forgot one of the
    admin's conditions. Queries start from a rule or from a domain's `queries.py`.
    """
    for source in sources(root, "api"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
                yield source.breaks(node, f"a route asks .{node.attr}; ask the domain's queries, which know the rules")


def only_the_platform_enqueues(root: Path) -> Iterator[Violation]:
    """Work is handed to the queue by the relay of `core/events.py` and by core's own tasks and jobs, nowhere else.

    Work enqueued inside a transaction runs before its commit, or runs although it was rolled back: mails about orders
    that do not exist. The outbox is written with the change and relayed after it.
    """
    for source in sources(root):
        if source.parts[0] == "core" and Path(source.parts[1]).stem in QUEUE_OWNERS:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in DOORS:
                yield source.breaks(node, f".{node.func.attr}() hands out work before the commit; publish an event")


def money_is_whole(root: Path) -> Iterator[Violation]:
    """Where money is, there is no float, no round and no Decimal; `core/money` may use Decimal to write a number out.

    `round(float(total) * 0.9, 2)` loses a cent on every few splits, and the books of the vendor and of the market never
    agree again. Minor units are integers and only `core/money` divides them.
    """
    for source in sources(root):
        is_core_money = source.parts[0] == "core" and Path(source.parts[1]).stem == "money"
        if not is_core_money and not (source.parts[0] == "marketplace" and source.parts[1] in MONEY_DOMAINS):
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("round", "float"):
                yield source.breaks(
                    node, f"{node.func.id}() does not belong where money is; use Money.share or share_out"
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, float):
                yield source.breaks(node, f"{node.value} is a float where money is; use basis points or minor units")
            elif isinstance(node, ast.alias) and node.name.split(".")[0].lower() == "decimal" and not is_core_money:
                yield source.breaks(node, "Decimal does not belong where money is; use Money")


def pure_files_have_no_clock(root: Path) -> Iterator[Violation]:
    """Rules, states and sums do not read the clock; the face passes the moment on as `at`.

    A rule with a clock gives another answer between the list and the click, and its test fails on the last day of the
    month. An expiry is a scheduled move, never a comparison with now.
    """
    for source in sources(root):
        inside = source.parts[-2] if source.parts[-2:-1] else ""
        if source.parts[-1] not in PURE_FILES and f"{inside}.py" not in PURE_FILES:
            continue
        is_moves = source.under == "core/states.py"  # stamps the moment of a move, which the face has set
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and called(node) in CLOCKS and clock_is_read(node) and not is_moves:
                yield source.breaks(node, f"{called(node)}() reads the clock; take the moment as `at`")
            elif isinstance(node, ast.alias) and node.name in ("Now", "TruncNow"):
                yield source.breaks(node, "the database's clock is a clock; take the moment as `at`")


def clock_is_read(node: ast.Call) -> bool:
    """Whether a call to something named like a clock is one: bare, or on a known owner."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return name in CLOCK_OWNERS or (owner is None and called(node) in ("now", "utcnow", "today"))


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def no_long_file(root: Path) -> Iterator[Violation]:
    """No Python file is longer than 400 lines.

    Every marketplace that was read before this one regrets a file of 3,000; each grew by a few lines at a time.
    """
    for source in sources(root, tests=True):
        count = len(source.path.read_text().splitlines())
        if count > LONGEST:
            yield Violation(source.under, count, f"{count} lines; find the noun that wants a file of its own")


def no_schema_ends_in_a_digit(root: Path) -> Iterator[Violation]:
    """No schema of an OpenAPI document is named with a digit at its end.

    Two schemas of one name do not collide loudly: the second silently becomes `Listing2`, and every generated client
    breaks the day the order of imports changes.
    """
    for path in sorted((root / "api" / "contracts").glob("*.json")):
        for name in json.loads(path.read_text()).get("components", {}).get("schemas", {}):
            if name[-1].isdigit():
                yield Violation(path.relative_to(root).as_posix(), 1, f"schema {name} is a silent collision; name it")


def no_nameless_file(root: Path) -> Iterator[Violation]:
    """No file or folder is named utils, helpers, common or misc.

    Such a file has no idea of its own, so nothing is ever out of place in it; it ends as the module that all import.
    """
    for source in sources(root, tests=True):
        for part in source.parts:
            if Path(part).stem in NAMELESS:
                yield Violation(source.under, 1, f"{part} says nothing about what is in it; name the idea")


def core_speaks_no_market_word(root: Path) -> Iterator[Violation]:
    """No identifier in `core/` contains a word of the market, but for the audience named vendor and the settings.

    The first `if model is Listing` in an engine makes it an engine for listings. The import contract cannot see a word
    that arrives through a string, an attribute or a habit.
    """
    for source in sources(root, "core"):
        if source.under == "core/settings.py":  # the one list of everything that can be set, the market's as well
            continue
        for node in ast.walk(source.tree):
            for name in identifiers(node):
                words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
                found = (words | {word.removesuffix("s") for word in words}) & MARKET_WORDS
                if found and name not in AUDIENCE_NAMES:
                    yield source.breaks(node, f"{name} is a word of the market; core is for any market or none")


def identifiers(node: ast.AST) -> Iterator[str]:
    """The names that a node itself introduces or uses."""
    for key in ("id", "attr", "arg", "name", "asname"):
        value = getattr(node, key, None)
        if isinstance(value, str):
            yield value


ALL: tuple[Rule, ...] = (
    foreign_keys_point_down,
    only_states_assign_a_status,
    the_api_asks_no_manager,
    only_the_platform_enqueues,
    money_is_whole,
    pure_files_have_no_clock,
    no_long_file,
    no_schema_ends_in_a_digit,
    no_nameless_file,
    core_speaks_no_market_word,
)
