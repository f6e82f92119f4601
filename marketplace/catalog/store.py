"""What lies in the media store, whether that is a folder or a bucket."""

from collections.abc import Iterator
from datetime import datetime

from django.core.files.storage import default_storage


def files_in(folder: str) -> Iterator[str]:
    """The files of a folder, by their address within the store; none where there is no such folder."""
    return (f"{folder}/{each}" for each in _listed(folder)[1] if each)


def folders_in(folder: str) -> Iterator[str]:
    """The folders of a folder."""
    return (f"{folder}/{each}" for each in _listed(folder)[0] if each)


def delete_old(name: str, at: datetime) -> bool:
    """Delete a file that was last changed before this moment; False where it is younger, or gone."""
    try:
        if default_storage.get_modified_time(name) >= at:
            return False
    except OSError:
        return False
    default_storage.delete(name)
    return True


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        folders, files = default_storage.listdir(folder)
    except OSError:
        return [], []
    return sorted(folders), sorted(files)
