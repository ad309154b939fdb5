"""The first page of the office: what asks for attention, then the figures, as the ledger has them."""

from django.http import HttpResponse
from django.shortcuts import render

from billing.selectors.board import board_figures
from frontline.access import StaffRequest, staff
from frontline.office.attention import what_needs_attention
from frontline.office.bars import age_bars
from paybox.kernel.clock import now, today
from tenants.roles import Capability


@staff(Capability.SEE)
def board(request: StaffRequest) -> HttpResponse:
    scope = request.membership.services
    figures = board_figures(scope=scope, on=today())
    page = {
        "figures": figures,
        "attention": what_needs_attention(
            figures,
            scope=scope,
            administers=request.membership.may(Capability.ADMINISTER),
            answers=request.membership.may(Capability.SEND),
        ),
        "bars": age_bars(figures.ages),
        "as_of": now(),
    }
    return render(request, "office/board.html", page)
