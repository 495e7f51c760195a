"""Show what is due for destruction, or destroy it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.core.errors import RtccError
from apps.retention import selectors, services
from apps.retention.types import BucketPlan


class Command(BaseCommand):
    help = "Show what is due for destruction; with --commit, destroy it and certify it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--commit", action="store_true", help="destroy; without it nothing is changed")
        parser.add_argument("--confirm", action="store_true", help="you have checked the clock and the dry run")
        parser.add_argument("--actor", default="", help="your reference, such as P-0003")
        parser.add_argument("--reason", default="", help="why you destroy by hand what the purge destroys on time")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["commit"]:
            self._show()
            return
        if not options["actor"] or not options["reason"].strip():
            raise CommandError("Destroying needs --actor and --reason.")
        try:
            summary = services.run_due(
                now=clock.now(),
                actor=options["actor"],
                reason=options["reason"],
                is_confirmed=options["confirm"],
            )
        except RtccError as error:
            raise CommandError(f"{error.message} {error.remedy}".strip()) from error
        for certificate in summary.certificates:
            rows = certificate.document["rows"]["destroyed"]
            self.stdout.write(
                f"destroyed {certificate.category} {certificate.day}: {rows:,} rows, {certificate.reference}"
            )
        for bucket in summary.skipped:
            self.stdout.write(f"skipped {bucket}: somebody else is destroying it")
        for case in summary.released_cases:
            self.stdout.write(f"released the hold of case {case}")
        self.stdout.write(f"{len(summary.certificates)} buckets destroyed")

    def _show(self) -> None:
        now = clock.now()
        due = [
            plan
            for category in selectors.list_categories(now=now)
            for plan in services.plan_destruction(category=category, now=now)
        ]
        for plan in due:
            self.stdout.write(_describe(plan))
        self.stdout.write(f"{len(due)} buckets are due. Nothing was changed; --commit destroys them.")


def _describe(plan: BucketPlan) -> str:
    sources = ", ".join(f"source {source}: {rows:,}" for source, rows in plan.rows_by_source.items()) or "no source"
    return (
        f"{plan.state.value.lower():8} {plan.category} {plan.day} due {plan.due_at:%Y-%m-%d %H:%M} UTC · "
        f"{plan.rows:,} rows ({sources}) · {plan.size_bytes / 2**20:.1f} MiB · key {plan.key_id or 'none'} · "
        f"{plan.preserved_rows} preserved"
    )
