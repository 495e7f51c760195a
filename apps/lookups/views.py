"""The look-up page. A plate comes in the body of a POST and never stands in an address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_htmx.http import reswap, retarget

from apps.accounts import services as accounts
from apps.accounts.types import ActorSnapshot
from apps.core import clock
from apps.lookups import services
from apps.lookups.forms import PlateForm
from apps.lookups.types import PlateRequest
from apps.policy import selectors as policy


@sensitive_post_parameters("plate", "reason")
@require_http_methods(["GET", "POST"])
@never_cache
def plate(request: HttpRequest) -> HttpResponse:
    """Context: `form`, and after a look-up `result` (a `PlateResult`) and `receipt`.

    By htmx the answer is the fragment `_result.html`, or `_form.html` where the form is not filled in. A refusal is an
    `RtccError` with its grounds, which the error middleware shows.
    """
    actor: ActorSnapshot = request.actor  # type: ignore[attr-defined]
    is_fragment = bool(request.htmx)  # type: ignore[attr-defined]
    now = clock.now()
    form = PlateForm(
        request.POST or None,
        purposes=[(purpose.code, purpose.label) for purpose in policy.list_purposes(now=now)],
        offences=[(offence.code, offence.label) for offence in policy.list_offences(now=now)],
    )
    if request.method == "GET":
        accounts.require_permission(actor=actor, permission="lookup_plates")
        return render(request, "lookups/plate.html", {"form": form})
    if not form.is_valid():
        page = render(request, f"lookups/{'_form' if is_fragment else 'plate'}.html", {"form": form}, status=422)
        return reswap(retarget(page, "#lookup"), "outerHTML")
    filled = form.cleaned_data
    result = services.find_plate(
        request=PlateRequest(
            actor=actor,
            plate=filled["plate"],
            window=form.get_window(now),
            purpose=filled["purpose"],
            offence=filled["offence"],
            case_number=filled["case_number"],
            reason=filled["reason"],
        )
    )
    context = {
        "form": form,
        "result": result,
        "receipt": {"entry": result.receipt.reference, "leaf_hash": result.receipt.leaf_hash.hex()},
    }
    return render(request, f"lookups/{'_result' if is_fragment else 'plate'}.html", context)
