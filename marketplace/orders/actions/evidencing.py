"""Files that the parties of a dispute show: kept with the case, and told in what was said."""

from core import context
from core.actions import action
from core.events import append
from core.rules import Actor
from marketplace.orders.actions.disputing import Kind, enter, is_open, party_of, refuse_decided
from marketplace.orders.errors import EnoughFiles
from marketplace.orders.models import Dispute, DisputeFile

MOST_FILES = 20


def takes_files(case: Dispute) -> bool:
    """May something still be shown?"""
    return is_open(case) and case.files.count() < MOST_FILES


@action(label="Show a file", rule="say")
def add_file(case: Dispute, *, by: Actor, file: str, title: str, kind: str, size: int) -> Dispute:
    """Keep a file as evidence: everybody in the dispute may open it. Refuses with 409 `wrong_state` once it is decided,
    `enough_files`.
    """
    refuse_decided(case, "say")
    if case.files.count() >= MOST_FILES:
        raise EnoughFiles(most=MOST_FILES)
    party = party_of(by)
    append(
        DisputeFile(
            dispute=case, kind=kind, title=title, file=file, bytes=size, party=party, at=context.now(),
            actor_id=by.user_id, actor_name=by.name[:120],
        )
    )  # fmt: skip
    enter(case, Kind.EVIDENCE, party, f"A file: {title}", by=by)
    return case
