"""Bases that are made to be subclassed: what is private to them is not taken over by accident."""

from typing import Any

KINDS = (classmethod, staticmethod, property)


def is_method(value: Any) -> bool:
    """Is it a method of any kind, as it stands in a class's own dictionary?"""
    return isinstance(value, KINDS) or (callable(value) and not isinstance(value, type))


def refuse_shadows(cls: type) -> None:
    """Refuse (TypeError) a class with a private method that one of its bases has under the same name: whoever wrote one
    need not know the other, and the base would call the wrong one.
    """
    for name, value in cls.__dict__.items():
        if not name.startswith("_") or name.startswith("__") or not is_method(value):
            continue
        owner = next((base for base in cls.__mro__[1:] if is_method(base.__dict__.get(name))), None)
        if owner is not None:
            raise TypeError(f"{cls.__name__}.{name} hides a private method of {owner.__name__}. Give it another name.")
