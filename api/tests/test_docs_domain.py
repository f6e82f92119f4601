"""docs/domain.md has an entry for each word of the market, each once, and links of the documentation lead somewhere."""

import re
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SETTLED = [
    "Listing",
    "Category",
    "Attribute",
    "Variant",
    "Vendor",
    "Member",
    "Order",
    "VendorOrder",
    "OrderLine",
    "Shipment",
    "Return",
    "Payment",
    "Refund",
    "Dispute",
    "Journal",
    "Posting",
    "Payout",
    "ContactClick",
    "Lead",
    "Conversation",
    "Message",
    "Report",
    "Case",
    "Decision",
    "Review",
    "Question",
    "Answer",
    "Boost",
    "Package",
    "Plan",
    "Favourite",
    "SavedSearch",
    "Job",
]


def entries() -> list[str]:
    """The words that have an entry."""
    return re.findall(r"^\| \*\*(.+?)\*\* \|", (DOCS / "domain.md").read_text(), re.MULTILINE)


def models_of_the_market() -> set[str]:
    return {
        model.__name__
        for model in apps.get_models()
        if model.__module__.startswith("marketplace.") and not model.__name__.startswith("Historical")
    }


def test_every_model_of_the_market_has_an_entry() -> None:
    assert len(models_of_the_market()) >= 15
    assert models_of_the_market() - set(entries()) == set()


def test_every_settled_word_has_an_entry_and_only_one() -> None:
    assert set(SETTLED) - set(entries()) == set()
    assert len(entries()) == len(set(entries()))


def test_a_word_that_is_here_is_not_called_later() -> None:
    later = set(re.findall(r"^\| \*\*(.+?)\*\* \| \*later:\*", (DOCS / "domain.md").read_text(), re.MULTILINE))
    assert later & models_of_the_market() == set()
    assert later - set(SETTLED) == set()


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"`((?:core|api|marketplace|docs)/[\w/.-]+\.\w+)`", page.read_text())
    assert [name for name in named if "<" not in name and not (ROOT / name).exists()] == []
