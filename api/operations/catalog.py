"""The catalogue for operations: the tree with closed categories too, and the images of any listing."""

from ninja import Router

from api import catalogue, gallery
from core.audiences import OPERATIONS

categories = catalogue.routes(Router(tags=["Catalogue"]))
listings = gallery.routes(Router(tags=["Catalogue"]), OPERATIONS)
