"""A fixed number is called by the operators of a telephone campaign, and never gets an SMS."""

from typing import Any

import pytest

from dunning.models import PhoneFile
from dunning.rules.phone_outcomes import Called
from dunning.services.phone_notes import keep_contact
from dunning.services.planning import plan_reminders
from registry.models import Contact
from registry.rules.contacts import ContactRefused
from registry.services.contacts import add_contact
from tests.build import AT
from tests.dunning.phones import MONDAY, RITA, again, call, overdue, running, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
FIXED = "+39061234567"


@pytest.fixture
def at_home(person: Any) -> Any:
    """Somebody who owes and is known by a fixed number alone."""
    one = person(name="Solo Fisso", mobile="", email="")
    overdue(one)
    add_contact(subject_id=one.pk, kind="FISSO", value="06 1234567", source="prova", at=AT)
    return one


def test_it_is_called(at_home: Any) -> None:
    file = take(running())
    assert isinstance(file, PhoneFile)
    assert call(file, Called.NO_ANSWER).number == FIXED


def test_it_never_gets_an_sms(at_home: Any, ada: Any) -> None:
    wave = plan_reminders(
        service_id=overdue(at_home).service_id,
        channel="SMS",
        actor=ada,
        at=MONDAY,
        today=MONDAY.date(),
    )
    item = wave.items.get()
    assert (item.reason, item.address, wave.recipients) == ("SENZA_RECAPITO", "", 0)


def test_a_wrong_one_is_called_no_more(at_home: Any) -> None:
    file = take(running())
    assert file is not None
    call(file, Called.NO_NUMBER)
    assert Contact.objects.get(subject=at_home).quality == "NON_RAGGIUNTO"
    assert again(file).ended_at is not None


def test_one_given_on_the_telephone_is_kept(at_home: Any) -> None:
    file = take(running())
    assert file is not None
    kept = keep_contact(
        file_id=file.pk, kind="FISSO", value="0541 000123", operator=RITA, at=MONDAY
    )
    assert (kept.value, kept.get_kind_display()) == ("+390541000123", "Telefono fisso")
    with pytest.raises(ContactRefused, match="è un cellulare"):
        keep_contact(file_id=file.pk, kind="FISSO", value="333 1234567", operator=RITA, at=MONDAY)
    with pytest.raises(ContactRefused, match="troppo poche"):
        keep_contact(file_id=file.pk, kind="FISSO", value="06 12", operator=RITA, at=MONDAY)
