"""Which accesses are misuse? The ground truth, in a file of its own and never in the database."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rtcc_gov.demo.accesses import WrittenAccess
from rtcc_gov.demo.plates import make_plate
from rtcc_gov.demo.world import World


def make_truth(world: World, written: Sequence[WrittenAccess], references: Mapping[str, str]) -> dict[str, Any]:
    """Each planted misuse with its query, and whose car each of the staff's is.

    :param references: the people's references by user name
    """
    recipe = world.recipe
    return {
        "seed": recipe.seed,
        "moment": recipe.moment.isoformat(),
        "accesses": recipe.accesses,
        "misuse": recipe.misuse,
        "planted": [
            {
                "kind": str(access.planned.misuse),
                "group": access.planned.group,
                "person": references[access.planned.employee.username],
                "moment": access.planned.moment.isoformat(),
                "plate": make_plate(access.planned.vehicle),
                "case_number": access.planned.case_number,
                "query": access.query_reference,
                "outcome": access.outcome,
            }
            for access in written
            if access.planned.misuse is not None
        ],
        "vehicles": {references[person.username]: make_plate(person.vehicle) for person in world.staff},
    }


def write_truth(path: Path, truth: Mapping[str, Any]) -> None:
    """The file appears under its name only when it is whole, and is its owner's alone."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(truth, file, indent=1, sort_keys=True)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
