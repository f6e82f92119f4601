"""What must always hold: each invariant is one query for the ids that break it; empty means that it holds."""

from core.invariants.registry import ERROR, WARNING, Invariant, all_invariants, invariant
from core.invariants.running import Finding, on_finding, run

__all__ = ["ERROR", "WARNING", "Finding", "Invariant", "all_invariants", "invariant", "on_finding", "run"]
