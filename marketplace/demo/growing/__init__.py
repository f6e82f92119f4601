"""A market of any size to measure against: grown in bulk, seeded, and as the product itself would have written it."""

from marketplace.demo.growing.ground import COMMON, MISSPELT, RARE, Ground, laid
from marketplace.demo.growing.growth import grow

__all__ = ["COMMON", "MISSPELT", "RARE", "Ground", "grow", "laid"]
