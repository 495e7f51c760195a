"""Which modules of an app may another app see? An import contract of ours, run by import-linter."""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

FACE = frozenset({"rules", "selectors", "services", "types"})


class PublicFaceContract(Contract):
    """An app sees of another app only its rules, selectors, services and types.

    `open_apps` may be seen whole. `openings` are lines `importer -> imported` (an app, or `*`, to a module) that are
    allowed besides, each for a reason that stands beside it in `pyproject.toml`.
    """

    container = fields.StringField()
    open_apps = fields.SetField(subfield=fields.StringField())
    openings = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        openings = {tuple(part.strip() for part in line.split("->")) for line in self.openings or ()}
        broken: list[dict[str, Any]] = []
        for importer in sorted(graph.modules):
            app = self._app_of(importer)
            if app is None:
                continue
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                other = self._app_of(imported)
                if other is None or other == app or other in self.open_apps:
                    continue
                parts = imported.removeprefix(f"{self.container}.{other}").lstrip(".").split(".")
                module = f"{other}.{parts[0]}" if parts[0] else other
                if parts[0] in FACE or ("*", module) in openings or (app, module) in openings:
                    continue
                broken += graph.get_import_details(importer=importer, imported=imported)
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def _app_of(self, module: str) -> str | None:
        prefix = f"{self.container}."
        return module.removeprefix(prefix).split(".")[0] if module.startswith(prefix) else None

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(
                f"{line['importer']} -> {line['imported']} (l. {line['line_number']}): another app may be seen only "
                f"through its {', '.join(sorted(FACE))}."
            )
