"""Vendors: who sells, in which state they are, and who works for them."""
