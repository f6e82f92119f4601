"""What tests of imports have in common: a file sent to the API, its job run, its results read."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from core.jobs import running
from core.jobs.models import Job
from marketplace.cast import Person

GOOD = "Reference,Title,Category,Price,Modes,Make\nA-1,Vitz,cars,1500.50,contact,Toyota\nA-2,Demio,cars,900,contact,Mazda\n"


def sent(person: Person, text: str | bytes, *, name: str = "rows.csv", audience: str = "vendor", **more: Any) -> Any:
    content = text.encode() if isinstance(text, str) else text
    form = {"file": SimpleUploadedFile(name, content), "resource": "listings", **more}
    return person.api(audience).upload("/imports", form)


def run(key: int) -> Job:
    running.run(key)
    return Job.objects.get(pk=key)


def brought(person: Person, text: str | bytes, **more: Any) -> Job:
    answer = sent(person, text, dry_run="false", **more)
    assert answer.status_code == 201, answer.content
    return run(answer.json()["job"]["id"])


def rows_of(person: Person, job: Job, audience: str = "vendor", **query: Any) -> list[dict[str, Any]]:
    answer = person.api(audience).get(f"/jobs/{job.pk}/rows", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def downloaded(person: Person, job: Job, query: str = "") -> bytes:
    answer = person.api("vendor").get(f"/jobs/{job.pk}/file{query}")
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)
