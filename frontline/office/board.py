"""The first page of the office: what asks for attention, then the figures, as the ledger has them."""

from django.http import HttpResponse
from django.shortcuts import render

from frontline.access import StaffRequest, staff
from tenants.roles import Capability


@staff(Capability.SEE)
def board(request: StaffRequest) -> HttpResponse:
    return render(request, "office/board.html", {})
