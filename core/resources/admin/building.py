"""Makes the admin class of a declared resource."""

from core.memo import for_good
from core.resources.admin.base import ResourceAdmin
from core.resources.admin.inlines import inlines_of
from core.resources.declaration import Resource


@for_good
def admin_of(resource: type[Resource]) -> type[ResourceAdmin]:
    """The generated admin class of a resource. Subclass it in a domain's `admin.py` to change its look, and register that."""
    members = {
        "resource": resource,
        "inlines": inlines_of(resource),
        "__module__": resource.__module__,
        "__doc__": resource.__doc__,
    }
    return type(f"{resource.__name__}Admin", (ResourceAdmin,), members)
