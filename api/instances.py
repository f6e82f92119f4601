"""The three NinjaAPI instances: generated and hand-written routers mounted, refusals answered as problem+json."""

from functools import cache
from importlib import import_module

from ninja import NinjaAPI

from api.auth import Bearer, Visitor
from api.document import Document
from api.refusals import answer_refusals
from core.audiences import AUDIENCES, OPERATIONS, STOREFRONT, VENDOR, Audience
from core.limits import Meter
from core.resources.api import router_of
from core.resources.registry import resources
from core.version import VERSION

PREFIX = {STOREFRONT: "v1", VENDOR: "vendor/v1", OPERATIONS: "operations/v1"}
TITLES = {
    STOREFRONT: (
        "Soko storefront API",
        "Browse, find and contact: for web and mobile storefronts, with or without a signed-in customer.",
    ),
    VENDOR: ("Soko vendor API", "What a vendor's members may see and do: their own vendors' rows and nobody else's."),
    OPERATIONS: ("Soko operations API", "Running the market: moderation, vendors, people, catalogue and figures."),
}


class AudienceAPI(NinjaAPI):
    """A NinjaAPI for one audience; its document is finished by api.document."""

    audience: Audience

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: dict | None = None) -> Document:  # type: ignore[override]
        prefix = f"api/{PREFIX[self.audience]}/" if path_prefix is None else path_prefix
        return Document(super().get_openapi_schema(path_prefix=prefix, path_params=path_params), self.audience)


@cache
def instance(audience: Audience) -> NinjaAPI:
    """The API of an audience, built once."""
    title, description = TITLES[audience]
    api = AudienceAPI(
        title=title,
        version=VERSION,
        description=description,
        docs_url=None,
        openapi_url="/openapi.json",
        urls_namespace=f"api-{audience.word}",
        auth=Visitor(audience) if audience is STOREFRONT else Bearer(audience),
        throttle=Meter(),
    )
    api.audience = audience
    answer_refusals(api)
    routers = dict(import_module(f"api.{audience.word}").ROUTERS)
    for resource in resources():
        if resource.operations_of(audience) or resource.verbs_of(audience):
            prefix = f"/{resource.path}"
            routers[prefix] = router_of(resource, audience, routers.get(prefix))
    for prefix, router in routers.items():
        api.add_router(prefix, router)
    return api


def instances() -> dict[Audience, NinjaAPI]:
    return {audience: instance(audience) for audience in AUDIENCES}
