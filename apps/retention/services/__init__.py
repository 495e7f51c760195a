"""The destroy door's acts."""

from apps.retention.services.destruction import (
    BucketNotFound,
    DestructionRefused,
    DestructionUnderWay,
    destroy_bucket,
    plan_destruction,
)
from apps.retention.services.holds import PreservationRefused, preserve_reads, release_ended_holds
from apps.retention.services.runs import PurgeRefused, run_due

__all__ = [
    "BucketNotFound",
    "DestructionRefused",
    "DestructionUnderWay",
    "PreservationRefused",
    "PurgeRefused",
    "destroy_bucket",
    "plan_destruction",
    "preserve_reads",
    "release_ended_holds",
    "run_due",
]
