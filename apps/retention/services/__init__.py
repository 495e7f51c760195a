"""The destroy door's acts."""

from apps.retention.certificate import verify_certificate
from apps.retention.services.checks import (
    CertificateUnreadable,
    check_certificate,
    check_package,
    package_certificate,
)
from apps.retention.services.destruction import (
    BucketInUse,
    BucketNotFound,
    DestructionRefused,
    DestructionUnderWay,
    begin_destruction,
    destroy_bucket,
    plan_destruction,
    resume_destruction,
)
from apps.retention.services.holds import PreservationRefused, preserve_reads, release_ended_holds
from apps.retention.services.runs import PurgeRefused, run_due

__all__ = [
    "BucketInUse",
    "BucketNotFound",
    "CertificateUnreadable",
    "DestructionRefused",
    "DestructionUnderWay",
    "PreservationRefused",
    "PurgeRefused",
    "begin_destruction",
    "check_certificate",
    "check_package",
    "destroy_bucket",
    "package_certificate",
    "plan_destruction",
    "preserve_reads",
    "release_ended_holds",
    "resume_destruction",
    "run_due",
    "verify_certificate",
]
