"""The catalogue for vendors: categories to choose from, and the images of their listings."""

from ninja import Router

from api import catalogue, gallery
from core.audiences import VENDOR

categories = catalogue.routes(Router(tags=["Catalogue"]))
listings = gallery.routes(Router(tags=["Catalogue"]), VENDOR)
