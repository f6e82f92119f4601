"""History rows know the deed that made them: who acted and why."""

from typing import Any

from django.dispatch import receiver
from simple_history.signals import pre_create_historical_record

from core import deeds


@receiver(pre_create_historical_record)
def sign(sender: Any, history_instance: Any, **_rest: Any) -> None:
    """Stamp a new history row with the deed in progress."""
    deed = deeds.current()
    if deed is not None and hasattr(history_instance, "deed"):
        history_instance.deed = deed.id
        history_instance.history_user_id = deed.actor.user_id
        history_instance.history_change_reason = deed.reason or deed.verb
        history_instance.history_date = deed.at
