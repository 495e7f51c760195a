"""The write door's acts."""

from apps.ingestion.services.imports import (
    ImportUnderWay,
    UploadTooLarge,
    import_file,
    import_upload,
    plan_import,
    receive_upload,
)
from apps.ingestion.services.rejects import open_rejected, retry_rejected
from apps.ingestion.services.sources import (
    ApprovalRefused,
    SourceExists,
    SourceInvalid,
    approve_source,
    register_source,
    require_importer,
)
from apps.ingestion.services.writing import SourceNotApproved, write_reads

__all__ = [
    "ApprovalRefused",
    "ImportUnderWay",
    "SourceExists",
    "SourceInvalid",
    "SourceNotApproved",
    "UploadTooLarge",
    "approve_source",
    "import_file",
    "import_upload",
    "open_rejected",
    "plan_import",
    "receive_upload",
    "register_source",
    "require_importer",
    "retry_rejected",
    "write_reads",
]
