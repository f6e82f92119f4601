"""What the books of a served market hold, asked past all that shows them, and the amounts that a page shows."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from api.tests.served import Served

MONEY = re.compile(r"(-?)KES\s?(-?)([\d,]+\.\d\d)")


def amounts(text: str) -> list[int]:
    """The amounts of money in a text, in minor units, in the order in which they are read."""
    found = MONEY.findall(text.replace("\xa0", " ").replace("\u2212", "-"))
    return [(-1 if "-" in before + after else 1) * int(re.sub(r"[,.]", "", digits)) for before, after, digits in found]


class Books:
    """The postings as they are stored, asked past everything that shows them."""

    def __init__(self, market: Served) -> None:
        self.file = market.log.parent / "soko.sqlite3"

    def ask(self, question: str, *said: Any) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=20)) as opened_books:
            return opened_books.execute(question, said).fetchall()

    def of_vendor(self, name: str, *, journals: str = "1=1") -> dict[str, int]:
        """What a vendor has by kind of account: credits less debits."""
        return dict(
            self.ask(
                "select a.kind, -sum(p.amount_minor) from ledger_posting p join ledger_account a on a.id = p.account_id"
                " join vendors_vendor v on v.id = a.vendor_id join ledger_journal j on j.id = p.journal_id"
                f" where v.slug = ? and {journals} group by a.kind",
                name,
            )
        )

    def moved(self, kind: str, about: str) -> int:
        """How much the journals of a kind moved for one order, vendor order or payout."""
        ((found,),) = self.ask(
            "select coalesce(sum(p.amount_minor), 0) from ledger_posting p join ledger_journal j on j.id = p.journal_id"
            " left join orders_vendororder s on s.id = j.share_id"
            " where p.amount_minor > 0 and j.kind = ? and ? in (j.subject, s.reference, j.cause_reference)",
            kind,
            about,
        )
        return int(found)

    def paid_for(self, share: str, kind: str = "sale") -> int:
        """What buyers paid of a share, by the lines of its journals."""
        ((found,),) = self.ask(
            "select coalesce(sum(l.paid_minor), 0) from ledger_linesplit l join ledger_journal j on j.id = l.journal_id"
            " join orders_vendororder s on s.id = l.share_id where s.reference = ? and j.kind = ?",
            share,
            kind,
        )
        return int(found)

    def journals(self, about: str) -> Iterator[tuple[str, int, list[tuple[int, int]]]]:
        """Each journal about an order: its reference, how much it moved, and its postings as (debit, credit)."""
        for key, reference in self.ask("select id, reference from ledger_journal where subject = ? order by id", about):
            rows = self.ask("select amount_minor from ledger_posting where journal_id = ?", key)
            sides = sorted((max(amount, 0), max(-amount, 0)) for (amount,) in rows)
            yield reference, sum(debit for debit, _credit in sides), sides
