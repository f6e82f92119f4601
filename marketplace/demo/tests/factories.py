"""What the demo's tests share."""

import io

from PIL import Image


def dot(_sketch: object) -> bytes:
    """Drawing has its own tests; here a dot goes through the pipeline."""
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(out, "JPEG")
    return out.getvalue()
