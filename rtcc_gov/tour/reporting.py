"""Step 8: the council's page, and every figure of it derived again from an exported log."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import msgspec

from apps.core import clock
from apps.core.types import Window
from apps.ledger import services as ledger
from apps.ledger.bundle import BundleSource
from apps.ledger.types import parse_entry
from apps.ledger.verification import verify_log
from apps.ordinance import services as ordinance
from apps.ordinance.figures import Figure, rederive
from rtcc_gov.tour.city import City
from rtcc_gov.tour.runner import Figures, require


def report(city: City) -> Figures:
    ledger.seal_pending()
    now = clock.now()
    window = Window(start=now - timedelta(days=30), end=now + timedelta(seconds=1))
    built = ordinance.build_access_report(window=window, actor=city.people["council"])
    require(built.pdf.startswith(b"%PDF-"), "the PDF is none")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.zip"
        bundle = ledger.export_bundle(path=path)
        source = BundleSource(path)
        verdict = verify_log(source)
        require(verdict.ok, f"the exported log does not verify: {verdict.problem}")
        size = built.document["log"]["size"]
        contents = [parse_entry(entry) for chunk in source.chunks(bundle.size) for entry in chunk.entries if entry]
        entries = [msgspec.to_builtins(content) for content in contents[:size]]
        source.close()
    for told in built.document["figures"]:
        figure = Figure.from_document(told)
        again = rederive(figure, entries, start=window.start, end=window.end)
        require(again == figure.value, f"{figure.spec.name} is {figure.value} in the report and {again} in the log")
    return {
        "reference": built.reference,
        "figures": {figure["name"]: figure["value"] for figure in built.document["figures"]},
        "rederived": len(built.document["figures"]),
        "entries_exported": bundle.size,
        "pdf_bytes": len(built.pdf),
    }
