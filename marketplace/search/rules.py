"""Who sees the search index itself: those who look after the platform. What is found in it is decided by the listings' own rules."""

from core.rules import Policy, Rows, granted

INDEX = Policy(operations=Rows(view=granted("view_platform")))
