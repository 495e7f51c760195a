"""What accounts write in the ledger: references and codes, never a name."""

from __future__ import annotations

from apps.ledger.types import EventType

AGENCY_CREATED = EventType(code="AGENCY_CREATED", sentence="Agency {subject} was registered.")
PERSON_CREATED = EventType(code="PERSON_CREATED", sentence="An account was made for {subject} of agency {agency_ori}.")
ACCOUNT_DISABLED = EventType(code="ACCOUNT_DISABLED", sentence="The account of {subject} was disabled.")
ROLE_GRANTED = EventType(code="ROLE_GRANTED", sentence="{subject} was given the role {role}.")
ROLE_ENDED = EventType(code="ROLE_ENDED", sentence="The role {role} of {subject} was ended.")
TRAINING_RECORDED = EventType(
    code="TRAINING_RECORDED", sentence="{subject} passed {track} on {passed_date}; it counts until {expires_date}."
)
PERSON_SIGNED_IN = EventType(code="PERSON_SIGNED_IN", sentence="{subject} signed in by {method}.")
PERSON_SIGNED_OUT = EventType(code="PERSON_SIGNED_OUT", sentence="{subject} signed out: {cause}.")
SIGN_IN_REFUSED = EventType(code="SIGN_IN_REFUSED", sentence="A sign-in as {subject} was refused: {cause}.")
PERMISSION_REFUSED = EventType(
    code="PERMISSION_REFUSED", sentence="{subject} asked for what needs {permission} and was refused."
)
