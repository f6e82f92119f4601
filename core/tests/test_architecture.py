"""The house rules hold on this tree, and each catches a violation planted for it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.testing import architecture as rules

pytestmark = pytest.mark.once  # no database is asked
ROOT = Path(__file__).resolve().parents[2]

#: rule → file and text that break it, with the line that must be named; then the same idea done right.
PLANTED = {
    rules.foreign_keys_point_down: (
        ("marketplace/payments/models.py", 'class Payment:\n    order = models.ForeignKey("orders.Order", 1)\n', 2),
        ("marketplace/orders/models.py", 'class Order:\n    payment = models.ForeignKey("payments.Payment", 1)\n'),
    ),
    rules.only_states_assign_a_status: (
        ("marketplace/orders/actions.py", 'def cancel(order):\n    order.status = "cancelled"\n', 2),
        ("marketplace/orders/actions.py", 'def cancel(order):\n    states.ORDER.move(order, "cancel")\n'),
    ),
    rules.the_api_asks_no_manager: (
        ("api/storefront/orders.py", "def mine(request):\n    return Order.objects.all()\n", 2),
        ("api/storefront/orders.py", "def mine(request):\n    return queries.orders_of(request.actor)\n"),
    ),
    rules.only_the_platform_enqueues: (
        ("marketplace/orders/actions.py", "def pay(order):\n    tasks.mail.enqueue(order.pk)\n", 2),
        ("core/relay.py", "def relay(row):\n    run.enqueue(row.pk)\n"),
    ),
    rules.money_is_whole: (
        ("marketplace/ledger/commission.py", "def split(gross):\n    return round(gross, 2)\n", 2),
        ("marketplace/catalog/places.py", "def near(degrees):\n    return round(float(degrees), 2)\n"),
    ),
    rules.pure_files_have_no_clock: (
        ("marketplace/boosts/rules.py", "def running(actor):\n    return Q(ends_at__gt=timezone.now())\n", 2),
        ("marketplace/boosts/actions.py", "def start(boost, *, by, at):\n    return timezone.now()\n"),
    ),
    rules.no_long_file: (
        ("marketplace/orders/queries.py", "x = 1\n" * 401, 401),
        ("marketplace/orders/queries.py", "x = 1\n" * 400),
    ),
    rules.no_schema_ends_in_a_digit: (
        ("api/contracts/storefront.json", '{"components": {"schemas": {"Listing2": {}}}}', 1),
        ("api/contracts/storefront.json", '{"components": {"schemas": {"Listing": {}}}}'),
    ),
    rules.no_nameless_file: (
        ("marketplace/orders/utils.py", "x = 1\n", 1),
        ("marketplace/orders/totals.py", "x = 1\n"),
    ),
    rules.core_speaks_no_market_word: (
        ("core/reading.py", "def read(rows):\n    return rows.vendor_id\n", 2),
        ("core/reading.py", "def read(rows):\n    return Policy(vendor=rows)\n"),
    ),
}

#: More shapes of the same mistakes: (rule, file, text).
DISGUISED = (
    (rules.foreign_keys_point_down, "core/models.py", 'x = models.OneToOneField(to="accounts.User")\n'),
    (
        rules.foreign_keys_point_down,
        "marketplace/vendors/models.py",
        "from marketplace.catalog.models import Listing\nx = models.ManyToManyField(Listing)\n",
    ),
    (rules.only_states_assign_a_status, "marketplace/orders/tasks.py", 'orders.update(status="paid")\n'),
    (rules.only_states_assign_a_status, "marketplace/orders/tasks.py", 'setattr(order, "status", "paid")\n'),
    (rules.only_states_assign_a_status, "marketplace/orders/tasks.py", 'Order.bulk_update(rows, ["status"])\n'),
    (rules.only_states_assign_a_status, "api/vendor/orders.py", "a, order.status = 1, 2\n"),
    (
        rules.only_states_assign_a_status,
        "marketplace/orders/states.py",
        'SHIP = Moves("stage", table=())\nrow.stage = "sent"\n',
    ),
    (rules.the_api_asks_no_manager, "api/hooks/stripe.py", "Payment._default_manager.get(pk=1)\n"),
    (rules.only_the_platform_enqueues, "api/hooks/stripe.py", "settle.delay(1)\n"),
    (rules.money_is_whole, "core/money.py", "share = float(amount)\n"),
    (rules.money_is_whole, "marketplace/taxes/calculators.py", "tax = net * 0.16\n"),
    (rules.money_is_whole, "marketplace/carts/totals.py", "from decimal import Decimal\n"),
    (
        rules.pure_files_have_no_clock,
        "marketplace/taxes/calculators.py",
        "from django.db.models.functions import Now\n",
    ),
    (rules.pure_files_have_no_clock, "marketplace/catalog/rules/listings.py", "today = date.today()\n"),
    (rules.no_nameless_file, "core/common/__init__.py", ""),
    (rules.core_speaks_no_market_word, "core/engine.py", "class ListingPage: ...\n"),
    (rules.core_speaks_no_market_word, "core/engine.py", "def read(*, categories): ...\n"),
)

#: contract → file and text that break it, in a copy of the tree.
IMPORTS = {
    "core is the platform: it knows neither the market nor the API": ("core/planted.py", "import marketplace\n"),
    "the market does not know its API": ("marketplace/{domain}/planted.py", "import api\n"),
    "domains call down and publish up": ("marketplace/unplaced/__init__.py", ""),
    "inside a domain: faces over verbs over facts": ("marketplace/{domain}/rules.py", "from {package} import models\n"),
    "the domain speaks no HTTP and draws no screens": ("marketplace/{domain}/rules.py", "import ninja\n"),
    "there is one way to write a route": ("api/planted.py", "import ninja_extra\n"),
}


def plant(root: Path, path: str, text: str) -> Path:
    """A small tree that holds the product's own contracts and one file."""
    for package in rules.PACKAGES:
        (root / package).mkdir(exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    return root


@pytest.mark.parametrize("rule", rules.ALL, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule):
    assert [str(violation) for violation in rule(ROOT)] == []


@pytest.mark.parametrize("rule", rules.ALL, ids=lambda rule: rule.__name__)
def test_a_planted_violation_is_named_with_its_line(rule, tmp_path):
    path, text, line = PLANTED[rule][0]
    found = list(rule(plant(tmp_path, path, text)))
    assert [(violation.path, violation.line) for violation in found] == [(path, line)]


@pytest.mark.parametrize("rule", rules.ALL, ids=lambda rule: rule.__name__)
def test_the_same_thing_done_right_is_let_pass(rule, tmp_path):
    assert list(rule(plant(tmp_path, *PLANTED[rule][1]))) == []


@pytest.mark.parametrize(("rule", "path", "text"), DISGUISED, ids=lambda value: getattr(value, "__name__", None))
def test_a_disguised_violation_is_caught(rule, path, text, tmp_path):
    assert [violation.path for violation in rule(plant(tmp_path, path, text))] == [path]


@pytest.mark.parametrize("rule", rules.ALL, ids=lambda rule: rule.__name__)
def test_every_rule_tells_the_incident_it_prevents(rule):
    promise, _, incident = rule.__doc__.partition("\n\n")
    assert promise.strip().endswith(".")
    assert len(incident.split()) >= 15


def test_the_tiers_are_read_from_the_import_contract():
    tier = rules.tiers(ROOT)
    names = ("accounts", "vendors", "catalog", "payments", "orders", "demo")
    assert [tier[name] for name in names] == [0, 1, 2, 2, 5, 13]


def copy_of_the_tree(root: Path) -> Path:
    """The packages and their contracts, without what tests and migrations add."""
    for package in rules.PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__", "*.png", "static"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def judged(root: Path) -> str:
    """What import-linter says of a tree: its lines about the contracts, and its exit code."""
    words = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    return f"{done.stdout}\nexit {done.returncode}"


@pytest.mark.parametrize("contract", IMPORTS)
def test_a_planted_import_breaks_its_contract(contract, tmp_path):
    root = copy_of_the_tree(tmp_path)
    domain = next(path.parent for path in sorted(root.glob("marketplace/*/models*")) if path.parent.name != "demo").name
    path, text = (part.format(domain=domain, package=f"marketplace.{domain}") for part in IMPORTS[contract])
    (root / path).parent.mkdir(exist_ok=True)
    with (root / path).open("a") as file:
        file.write(text)
    answer = judged(root)
    assert f"{contract} BROKEN" in answer
    assert "5 kept, 1 broken" in answer
    assert answer.endswith("exit 1")


def test_every_import_contract_has_a_planted_violation():
    names = set(IMPORTS)
    contracts = rules.tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert {contract["name"] for contract in contracts} == names
