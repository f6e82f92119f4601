"""Sockets: what a page wants to know without asking again and again."""
