"""Agencies, people, the roles they were given and the training they passed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from apps.accounts.roles import ROLES
from apps.accounts.types import Shift, Track
from apps.core import clock


class AgencyKind(models.TextChoices):
    POLICE = "POLICE", "Police department"
    COUNCIL = "COUNCIL", "City council"
    OVERSIGHT = "OVERSIGHT", "Oversight body"


class Agency(models.Model):
    """An organisation, known to CJIS by its originating agency identifier (ORI)."""

    ori = models.CharField(max_length=9, unique=True)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=2)
    kind = models.CharField(max_length=16, choices=AgencyKind)

    _change_reason: str | None = None  # who changed it; simple-history keeps it
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = "agencies"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ori__regex=r"^[A-Z0-9]{9}$"), name="accounts_agency_ori_is_nine_letters")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.ori})"


class PersonQuerySet(models.QuerySet["Person"]):
    def active(self) -> PersonQuerySet:
        return self.filter(is_active=True)


class PersonManager(BaseUserManager["Person"].from_queryset(PersonQuerySet)):  # type: ignore[misc]
    """People are made by `accounts.services.create_person`; Django's own ways to make a user are shut."""


class Person(AbstractBaseUser):
    """Somebody with an account. There is no superuser and no staff: what a person may do follows from live roles."""

    last_login = None  # sign-ins are ledger entries
    is_superuser = property(lambda self: False)
    is_staff = property(lambda self: False)

    reference = models.CharField(max_length=12, unique=True, editable=False)
    username = models.CharField(max_length=60, unique=True)
    display_name = models.CharField(max_length=120)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="people")
    is_active = models.BooleanField(default=True)
    unit = models.CharField(max_length=20, blank=True)
    shift = models.CharField(max_length=8, choices=[(shift.value, shift.name.title()) for shift in Shift])

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = []

    objects = PersonManager()
    _change_reason: str | None = None  # who changed it; simple-history keeps it
    history = HistoricalRecords(excluded_fields=["password"])

    class Meta:
        verbose_name_plural = "people"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(reference__regex=r"^P-[0-9]{4,}$"), name="accounts_person_reference_form"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.display_name}"

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Only a permission code of a live role; Django's own permissions and per-object asks open nothing here."""
        if obj is not None or not self.is_active or self.pk is None:
            return False
        live = self.role_grants.live(clock.now()).values_list("role", flat=True)
        return any(perm in ROLES[role].permissions for role in live)

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        return bool(perm_list) and all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return False


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def live(self, now: datetime) -> RoleGrantQuerySet:
        """Grants that have started and not ended; the end is not part of the span."""
        return self.filter(Q(starts_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now)))


class RoleGrant(models.Model):
    """A role, given to a person by somebody else for a span of time."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=20, choices=[(code, role.label) for code, role in ROLES.items()])
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.CharField(max_length=40)

    objects = RoleGrantQuerySet.as_manager()
    _change_reason: str | None = None  # who changed it; simple-history keeps it
    history = HistoricalRecords()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(role__in=list(ROLES)), name="accounts_rolegrant_role_is_known"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")), name="accounts_rolegrant_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["person", "role"], condition=Q(ends_at=None), name="accounts_rolegrant_once_while_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of person {self.person_id}"


class TrainingRecord(models.Model):
    """A course passed, and the last day on which it counts."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="training_records")
    track = models.CharField(max_length=20, choices=[(track.value, track.value) for track in Track])
    passed_date = models.DateField()
    expires_date = models.DateField()
    recorded_by = models.CharField(max_length=40)

    _change_reason: str | None = None  # who changed it; simple-history keeps it
    history = HistoricalRecords()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(track__in=[track.value for track in Track]), name="accounts_trainingrecord_track_is_known"
            ),
            models.CheckConstraint(
                condition=Q(expires_date__gte=F("passed_date")), name="accounts_trainingrecord_expires_after_passed"
            ),
            models.UniqueConstraint(
                fields=["person", "track", "passed_date"], name="accounts_trainingrecord_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track} of person {self.person_id} until {self.expires_date}"
