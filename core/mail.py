"""Mail: one plain message to one person, through whatever MAILERS names. Called after the commit, never within."""

from collections.abc import Mapping

from django.core.mail import EmailMessage


def send(to: str, *, subject: str, body: str, headers: Mapping[str, str] | None = None) -> int:
    """Send a message. Returns how many were sent; what the server refuses is raised, so that whoever asked may try again."""
    message = EmailMessage(subject=" ".join(subject.split()), body=body, to=[to], headers=dict(headers or {}))
    return message.send()
