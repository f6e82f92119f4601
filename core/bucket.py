"""The media store as a bucket that speaks S3, of Amazon or of anybody else; `core.settings` chooses it where one is named."""

import mimetypes
from typing import Any
from urllib.parse import quote

from botocore.config import Config
from storages.backends.s3 import S3Storage

#: What Python does not know by itself everywhere; a bucket serves what it was told.
for ending, kind in ((".avif", "image/avif"), (".webp", "image/webp")):
    mimetypes.add_type(kind, ending)

FOREVER = "public, max-age=31536000, immutable"


class Bucket(S3Storage):
    """Files in a bucket. What is drawn is named by chance and never written twice, so that copies of it are good for ever.

    Whether a file is public is for the bucket to say: see docs/media.md. Addresses are not signed.
    """

    def __init__(self, *, address: str = "", **options: Any) -> None:
        super().__init__(
            **options,
            querystring_auth=False,
            default_acl=None,
            file_overwrite=True,
            signature_version="s3v4",
            object_parameters={"CacheControl": FOREVER},
            client_config=Config(
                signature_version="s3v4",
                connect_timeout=2,
                read_timeout=15,
                retries={"max_attempts": 3, "mode": "standard"},
                s3={"addressing_style": "path" if options.get("endpoint_url") else "auto"},
            ),
        )
        self.public_address = address

    def url(self, name: str, *args: Any, **options: Any) -> str:
        """Where a file is fetched: from the network that holds copies, where one is named, else from the bucket itself."""
        if self.public_address:
            return f"{self.public_address}/{quote(name)}"
        return str(super().url(name, *args, **options))
