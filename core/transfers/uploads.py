"""Files that wait: uploads between their steps, and what exports have made; where no web server serves them.

Where there is a bucket they lie there, for every machine; else in a folder that web and worker share.
"""

import secrets
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import get_valid_filename

from core import context
from core.errors import DomainError, Missing, TooLarge
from core.resources import transfer_files
from core.resources.declaration import Resource
from core.rules import Actor

SALT, HOURS_KEPT = "core.import", 24
DAYS_OF_JOBS = 7  # so long a job's files are there to fetch

Rows = Iterator[dict[str, Any]]


@dataclass(frozen=True)
class Kept:
    """An uploaded file that waits: nobody but its owner can name it, for the token is signed with the owner's key."""

    path: str
    name: str
    kind: str
    token: str = ""

    @contextmanager
    def opened(self) -> Iterator[tuple[list[str], Rows]]:
        """Its headers and rows, for as long as the block takes. Refuses (404) what has been swept meanwhile."""
        if not storage().exists(self.path):
            raise Missing()
        with storage().open(self.path, "rb") as stream:
            headers, rows = transfer_files.read(stream, self.kind)
            try:
                yield headers, rows
            finally:
                rows.close() if hasattr(rows, "close") else None

    def count(self) -> int | None:
        """How many rows it has; None where reading it all would keep somebody waiting."""
        with storage().open(self.path, "rb") as stream:
            if not transfer_files.is_light(stream, self.kind):
                return None
        with self.opened() as (_headers, rows):
            return sum(1 for _row in rows)


@lru_cache
def storage() -> Storage:
    """Where uploads wait, and exports are fetched: from whichever machine."""
    return storages["jobs"] if "jobs" in settings.STORAGES else workshop()


def workshop() -> FileSystemStorage:
    """Where this machine's exports are written, line behind line, which no bucket takes."""
    return FileSystemStorage(
        location=Path(getattr(settings, "VAR", settings.MEDIA_ROOT)) / "imports",
        file_permissions_mode=0o600,
        directory_permissions_mode=0o700,
    )


def hand_over(path: str) -> None:
    """Put what was written here where it is fetched. Doing it again puts it there anew."""
    if not isinstance(storage(), FileSystemStorage):
        with workshop().open(path, "rb") as made:
            storage().save(path, made)
        workshop().delete(path)


def keep(resource: type[Resource], actor: Actor, file: UploadedFile) -> Kept:
    """Keep an upload. Refuses what is too large and what is no such file."""
    if (file.size or 0) > settings.IMPORT_LIMIT:
        raise TooLarge(limit=settings.IMPORT_LIMIT)
    name = get_valid_filename(file.name or "rows.csv")[-80:]
    kind = transfer_files.format_of(name)
    path = storage().save(f"{secrets.token_hex(16)}.{kind}", file)
    token = signing.dumps(
        {"owner": actor.user_id, "resource": resource.path, "path": path, "name": name, "kind": kind}, salt=SALT
    )
    found = Kept(path, name, kind, token)
    try:
        with found.opened():
            pass
    except DomainError:
        storage().delete(path)
        raise
    return found


def kept(resource: type[Resource], actor: Actor, token: str) -> Kept:
    """The file of a token. Refuses (404) the token of anybody else, of another resource, and one of yesterday."""
    try:
        said = signing.loads(token, salt=SALT, max_age=HOURS_KEPT * 3600)
    except signing.BadSignature:
        raise Missing() from None
    if said["owner"] != actor.user_id or said["resource"] != resource.path or not storage().exists(said["path"]):
        raise Missing()
    return Kept(said["path"], said["name"], said["kind"], token)


def fresh_path(kind: str) -> str:
    """A place in the workshop for a file that nobody can guess."""
    Path(workshop().location).mkdir(mode=0o700, parents=True, exist_ok=True)
    return f"{secrets.token_hex(16)}.{kind}"


def sweep(wanted: Container[str]) -> int:
    """Delete the files that no token opens any more, but for those wanted still. Returns how many; safe to repeat."""
    before, swept = context.now() - timedelta(hours=HOURS_KEPT), 0
    for shelf in (storage(), workshop()):
        with suppress(FileNotFoundError):  # nothing was ever kept there
            for path in shelf.listdir("")[1]:
                if path not in wanted and shelf.get_modified_time(path) < before:
                    shelf.delete(path)
                    swept += 1
    return swept
