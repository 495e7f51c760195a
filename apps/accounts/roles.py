"""Which roles are there, and what may each do? A person may do what their live roles list, and nothing else."""

from __future__ import annotations

from typing import ClassVar

PERMISSIONS: dict[str, str] = {
    "lookup_plates": "look up plates with a justification",
    "read_own_accesses": "see their own accesses",
    "read_trail": "read the audit trail",
    "read_policy": "read the policy in force",
    "edit_policy": "prepare a policy version",
    "read_retention": "see what is due for destruction and the certificates",
    "run_purge": "start a due destruction",
    "preserve_rows": "preserve records for a case",
    "read_ingestion": "see sources and rejected rows",
    "import_files": "import files of registered sources",
    "read_report": "read the reports to the council",
    "verify_log": "verify the access log",
    "manage_people": "create accounts, grant roles and record training",
}


class Role:
    """A role: `code` is stored, `label` and `sentence` are for people, `excludes` may not be held beside it."""

    code: ClassVar[str]
    label: ClassVar[str]
    sentence: ClassVar[str]
    permissions: ClassVar[frozenset[str]]
    excludes: ClassVar[frozenset[str]] = frozenset()


class Analyst(Role):
    code = "ANALYST"
    label = "Analyst"
    sentence = "Makes justified look-ups for the officers of a case."
    permissions = frozenset({"lookup_plates", "read_own_accesses", "read_policy"})
    excludes = frozenset({"AUDITOR", "COUNCIL"})


class Supervisor(Role):
    code = "SUPERVISOR"
    label = "Supervisor"
    sentence = "Leads a shift, makes look-ups and preserves records for cases."
    permissions = frozenset(
        {"lookup_plates", "preserve_rows", "read_own_accesses", "read_policy", "read_retention", "read_ingestion"}
    )
    excludes = frozenset({"AUDITOR", "COUNCIL"})


class PrivacyOfficer(Role):
    code = "PRIVACY_OFFICER"
    label = "Privacy officer"
    sentence = "Prepares policy, watches retention and reads the audit trail."
    permissions = frozenset(
        {
            "edit_policy",
            "read_ingestion",
            "read_own_accesses",
            "read_policy",
            "read_report",
            "read_retention",
            "read_trail",
            "run_purge",
            "verify_log",
        }
    )
    excludes = frozenset({"ADMINISTRATOR", "AUDITOR", "COUNCIL"})


class Auditor(Role):
    code = "AUDITOR"
    label = "Auditor"
    sentence = "Reviews who looked at what and why, and verifies the log. Makes no look-ups."
    permissions = frozenset(
        {
            "read_ingestion",
            "read_own_accesses",
            "read_policy",
            "read_report",
            "read_retention",
            "read_trail",
            "verify_log",
        }
    )
    excludes = frozenset({"ANALYST", "SUPERVISOR", "PRIVACY_OFFICER", "ADMINISTRATOR", "INGESTOR", "COUNCIL"})


class Council(Role):
    code = "COUNCIL"
    label = "City council"
    sentence = "Receives the reports and checks them against the log."
    permissions = frozenset({"read_own_accesses", "read_policy", "read_report", "read_retention", "verify_log"})
    excludes = frozenset({"ANALYST", "SUPERVISOR", "PRIVACY_OFFICER", "AUDITOR", "ADMINISTRATOR", "INGESTOR"})


class Administrator(Role):
    code = "ADMINISTRATOR"
    label = "Administrator"
    sentence = "Keeps accounts, roles, training records and sources in order. Opens no records."
    permissions = frozenset(
        {"manage_people", "import_files", "read_ingestion", "read_own_accesses", "read_policy", "read_retention"}
    )
    excludes = frozenset({"PRIVACY_OFFICER", "AUDITOR", "COUNCIL"})


class Ingestor(Role):
    code = "INGESTOR"
    label = "Feed operator"
    sentence = "Brings in the files of registered sources and mends rejected rows."
    permissions = frozenset({"import_files", "read_ingestion", "read_own_accesses", "read_policy"})
    excludes = frozenset({"AUDITOR", "COUNCIL"})


ROLES: dict[str, type[Role]] = {
    role.code: role for role in (Analyst, Supervisor, PrivacyOfficer, Auditor, Council, Administrator, Ingestor)
}
