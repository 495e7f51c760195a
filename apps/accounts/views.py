"""Sign-in and sign-out."""

from __future__ import annotations

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import conf, selectors, services
from apps.accounts.demo_people import DEMO_PEOPLE, DEMO_USERNAMES
from apps.accounts.forms import DemoSignInForm
from apps.accounts.middleware import SIGNED_IN_AT
from apps.core import clock


@never_cache
@require_GET
def sign_in(request: HttpRequest) -> HttpResponse:
    """Context: `is_demo`, `next`, and `people` (reference, display_name, role_label, sentence, note)."""
    return render(
        request, "accounts/sign_in.html", {"next": request.GET.get("next", ""), "people": list_demo_buttons()}
    )


def list_demo_buttons() -> list[dict[str, str]]:
    """One button for each demo person, in the order of the roles; none outside the demonstration."""
    if not conf.is_demo():
        return []
    found = {person.username: person for person in selectors.list_people(usernames=DEMO_USERNAMES)}
    return [
        {
            "reference": found[demo.username].reference,
            "display_name": demo.display_name,
            "role_label": selectors.get_role(code=demo.role).label,
            "sentence": selectors.get_role(code=demo.role).sentence,
            "note": demo.sentence,
        }
        for demo in DEMO_PEOPLE
        if demo.username in found
    ]


@never_cache
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    form = DemoSignInForm(request.POST)
    form.is_valid()
    person = services.sign_in_demo(reference=form.cleaned_data.get("person", ""))
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    request.session[SIGNED_IN_AT] = clock.now().isoformat()
    return HttpResponseRedirect(_get_next(request, form.cleaned_data.get("next", "")))


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    services.sign_out(actor=request.actor)  # type: ignore[attr-defined]
    logout(request)
    return HttpResponseRedirect(reverse("accounts:sign-in"))


def _get_next(request: HttpRequest, wanted: str) -> str:
    """The page asked for before sign-in, if it is one of ours."""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "/"
