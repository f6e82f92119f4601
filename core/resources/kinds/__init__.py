"""Kinds of values with a shape of their own: money, ranges, colours and places, one module of the same functions each."""
