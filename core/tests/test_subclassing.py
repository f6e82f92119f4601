"""What a subclass may not take over, and the sentence that says so."""

import pytest

from core.models import Fact, Record, Tally
from core.resources.admin.base import ResourceAdmin
from core.resources.admin.inlines import ScopedInline
from core.resources.declaration import Resource


@pytest.mark.parametrize(
    ("base", "name"),
    [
        (ResourceAdmin, "_pick_first"),
        (ScopedInline, "_may"),
        (Record, "_do_update"),
        (Fact, "_do_insert"),
        (Tally, "_save_table"),
    ],
)
def test_a_private_method_of_a_base_is_not_hidden_by_accident(base: type, name: str) -> None:
    with pytest.raises(TypeError, match=rf"^Sub\.{name} hides a private method of \w+\. Give it another name\.$"):
        type(base)("Sub", (base,), {name: lambda self: None, "__module__": "core.tests"})


def test_a_private_method_of_its_own_and_a_public_one_of_the_base_are_a_subclass_s_own() -> None:
    class Sub(ResourceAdmin):
        def form_context(self, request: object, object_id: str | None) -> dict[str, object]:
            return {}

        def _drawn_here(self) -> None: ...

    class Seen(ResourceAdmin):
        unsafe = True

        def _pick_first(self, request: object) -> None: ...

        def get_queryset(self, request: object) -> None: ...

    assert (Sub.__name__, Seen.__name__) == ("Sub", "Seen")


def test_what_decides_who_sees_what_is_not_replaced_silently() -> None:
    with pytest.raises(
        TypeError, match=r"^Sub replaces get_queryset, which decide who sees what\. Say `unsafe = True`"
    ):
        type(ResourceAdmin)(
            "Sub", (ResourceAdmin,), {"get_queryset": lambda self, request: None, "__module__": "core.tests"}
        )


def test_a_resource_has_no_hooks() -> None:
    with pytest.raises(TypeError, match=r"^Hooked replaces readable; a resource has no hooks, only declarations\.$"):
        type("Hooked", (Resource,), {"readable": classmethod(lambda cls, audience: {})})
