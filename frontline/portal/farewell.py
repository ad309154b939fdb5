"""No more reminders by e-mail: one press in the mail program (RFC 8058), or on this page."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dunning.inbound.addresses import attempt_of_farewell
from dunning.services.email_events import stop_courtesy
from dunning.services.refusals import AttemptUnknown
from frontline.access import public_page
from paybox.kernel.clock import now


@csrf_exempt  # the mail program has no cookie of ours: the signed address is the proof
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def farewell(request: HttpRequest, token: str) -> HttpResponse:
    """Asked on GET, done on POST: programs that open links to look at them change nothing."""
    attempt_id = attempt_of_farewell(token)
    if attempt_id is None:
        raise Http404("Indirizzo non valido")
    done = request.method == "POST"
    if done:
        try:
            stop_courtesy(attempt_id=attempt_id, at=now())
        except AttemptUnknown as unknown:
            raise Http404("Indirizzo non valido") from unknown
    answer = render(request, "portal/farewell.html", {"done": done})
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "private, no-store"
    return answer
