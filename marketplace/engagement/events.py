"""What happens in engagement, in the past tense."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True)
class SearchesMatched(Event):
    """Something new fits searches that somebody keeps: (search, its listings) for each of them."""

    user_id: int
    matches: tuple[tuple[int, tuple[int, ...]], ...]
