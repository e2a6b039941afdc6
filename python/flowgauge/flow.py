"""The class of flows, where NFStream has it."""

from ._native import NFlow

__all__ = ["NFlow"]
