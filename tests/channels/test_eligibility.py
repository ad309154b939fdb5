"""Just before sending: who gets nothing, and why; when the telephone may ring."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.rules.delivery import DeliveryStatus, advance
from dunning.rules.eligibility import ExclusionReason, ItemFacts, why_not
from dunning.rules.quiet_hours import ROME, SendingHours, is_holiday

TUESDAY = datetime(2026, 6, 23, 10, 0, tzinfo=ROME)
GOOD = ItemFacts(
    at=TUESDAY,
    residual_cents=5000,
    withdrawn=False,
    held=False,
    already_sent=False,
    contact="+393331234567",
    threshold_cents=1200,
)
statuses = st.sampled_from(DeliveryStatus)


class TestWhyNot:
    def test_a_good_item_goes(self) -> None:
        assert why_not(GOOD) is None

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"residual_cents": 0}, ExclusionReason.PAGATO),
            ({"residual_cents": -1}, ExclusionReason.PAGATO),
            ({"withdrawn": True}, ExclusionReason.RITIRATO),
            ({"residual_cents": 1199}, ExclusionReason.SOTTO_SOGLIA),
            ({"held": True}, ExclusionReason.SOSPESO),
            ({"already_sent": True}, ExclusionReason.GIA_INVIATO),
            ({"contact": " "}, ExclusionReason.SENZA_RECAPITO),
            ({"last_message_at": TUESDAY - timedelta(days=6, hours=23)}, ExclusionReason.FREQUENZA),
            ({"at": TUESDAY.replace(hour=20)}, ExclusionReason.FASCIA_ORARIA),
        ],
    )
    def test_each_reason(self, change: dict[str, object], reason: ExclusionReason) -> None:
        assert why_not(replace(GOOD, **change)) is reason  # type: ignore[arg-type]  # one field a case

    def test_the_edges_are_inside(self) -> None:
        assert why_not(replace(GOOD, residual_cents=1200)) is None
        assert why_not(replace(GOOD, last_message_at=TUESDAY - timedelta(days=7))) is None

    def test_mail_does_not_ring(self) -> None:
        night = replace(GOOD, at=TUESDAY.replace(hour=3), contact="ada@posta.example")
        assert why_not(replace(night, keeps_hours=False)) is None

    @given(
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.integers(-5, 5000),
        st.sampled_from(["", "x"]),
    )
    def test_nobody_who_owes_nothing_hears_from_us(
        self, withdrawn: bool, held: bool, sent: bool, residual: int, contact: str
    ) -> None:
        facts = replace(
            GOOD,
            withdrawn=withdrawn,
            held=held,
            already_sent=sent,
            residual_cents=residual,
            contact=contact,
        )
        goes = why_not(facts) is None
        assert goes == (not (withdrawn or held or sent) and residual >= 1200 and bool(contact))

    def test_every_reason_has_a_sentence(self) -> None:
        sentences = {reason.sentence for reason in ExclusionReason}
        assert len(sentences) == len(ExclusionReason)
        assert all(sentence.endswith(".") for sentence in sentences)


class TestHours:
    @pytest.mark.parametrize(
        ("at", "is_open"),
        [
            (datetime(2026, 6, 23, 8, 59, 59, tzinfo=ROME), False),
            (datetime(2026, 6, 23, 9, 0, tzinfo=ROME), True),
            (datetime(2026, 6, 23, 19, 59, 59, tzinfo=ROME), True),
            (datetime(2026, 6, 23, 20, 0, tzinfo=ROME), False),
            (datetime(2026, 6, 27, 10, 0, tzinfo=ROME), True),  # Saturday
            (datetime(2026, 6, 28, 10, 0, tzinfo=ROME), False),  # Sunday
            (datetime(2026, 6, 2, 10, 0, tzinfo=ROME), False),  # Festa della Repubblica
            (datetime(2026, 4, 6, 10, 0, tzinfo=ROME), False),  # Easter Monday
            (datetime(2027, 10, 4, 10, 0, tzinfo=ROME), False),  # San Francesco, a Monday
            (datetime(2026, 3, 27, 8, 0, tzinfo=UTC), True),  # 9:00 in winter time
            (datetime(2026, 3, 30, 7, 0, tzinfo=UTC), True),  # 9:00 in summer time
            (datetime(2026, 3, 27, 7, 0, tzinfo=UTC), False),
        ],
    )
    def test_the_clock_is_italys(self, at: datetime, is_open: bool) -> None:
        assert SendingHours().open_at(at) is is_open

    def test_the_patron_is_kept(self) -> None:
        assert not SendingHours(patron=(6, 23)).open_at(TUESDAY)
        assert SendingHours(patron=(6, 24)).open_at(TUESDAY)

    @pytest.mark.parametrize(
        ("at", "left"),
        [
            (TUESDAY, timedelta(hours=4)),
            (datetime(2026, 6, 23, 18, 30, tzinfo=ROME), timedelta(minutes=90)),
            (datetime(2026, 6, 23, 17, 59, 59, tzinfo=UTC), timedelta(seconds=1)),
            (datetime(2026, 6, 27, 11, 0, tzinfo=ROME), timedelta(hours=2)),
            (datetime(2026, 6, 23, 22, 0, tzinfo=ROME), timedelta(hours=4)),  # a code she asked for
        ],
    )
    def test_what_leaves_late_does_not_ring_after_closing_time(
        self, at: datetime, left: timedelta
    ) -> None:
        hours = SendingHours(saturday_closes=time(13))
        assert hours.left(at, most=timedelta(hours=4)) == left

    def test_the_next_opening_skips_a_long_weekend(self) -> None:
        friday_night = datetime(2026, 12, 24, 21, 0, tzinfo=ROME)  # 25, 26 holidays, 27 Sunday
        assert SendingHours().next_opening(friday_night) == datetime(2026, 12, 28, 9, tzinfo=ROME)

    def test_the_fourth_of_october_is_a_holiday_again_from_2026(self) -> None:
        """San Francesco: L. 151/2025. In 2026 it is a Sunday, in 2025 it was a Saturday like the others."""
        assert not is_holiday(date(2025, 10, 4))
        assert is_holiday(date(2026, 10, 4))
        assert SendingHours().open_at(datetime(2025, 10, 4, 10, 0, tzinfo=ROME))
        every_day = SendingHours(weekdays=frozenset(range(7)))
        assert every_day.open_on(date(2026, 10, 11))
        assert not every_day.open_on(date(2026, 10, 4))
        saturday_night = datetime(2026, 10, 3, 20, 30, tzinfo=ROME)
        assert every_day.next_opening(saturday_night) == datetime(2026, 10, 5, 9, tzinfo=ROME)

    @pytest.mark.parametrize(
        ("closed", "opens"),
        [
            # clocks go back in the night between: nine o'clock is an hour later for the world
            (datetime(2026, 10, 24, 18, 30, tzinfo=UTC), datetime(2026, 10, 26, 8, 0, tzinfo=UTC)),
            # and forward: an hour earlier
            (datetime(2026, 3, 28, 19, 30, tzinfo=UTC), datetime(2026, 3, 30, 7, 0, tzinfo=UTC)),
            # inside the hour that comes twice, and the one that never was
            (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 8, 0, tzinfo=UTC)),
            (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 3, 30, 7, 0, tzinfo=UTC)),
        ],
    )
    def test_nine_o_clock_is_romes_across_the_change_of_hour(
        self, closed: datetime, opens: datetime
    ) -> None:
        assert not SendingHours().open_at(closed)
        assert SendingHours().next_opening(closed) == opens

    @given(st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # hypothesis wants naive bounds
    def test_the_next_opening_is_open_and_not_before(self, at: datetime) -> None:
        hours = SendingHours(patron=(8, 7))
        opening = hours.next_opening(at)
        assert opening >= at
        assert hours.open_at(opening)
        assert opening == at or opening.timetz().replace(tzinfo=None) == time(9)


class TestDelivery:
    def test_a_late_sent_does_not_reopen(self) -> None:
        assert (
            advance(DeliveryStatus.CONSEGNATO, DeliveryStatus.INVIATO) is DeliveryStatus.CONSEGNATO
        )
        assert (
            advance(DeliveryStatus.FALLITO_PERM, DeliveryStatus.INVIATO)
            is DeliveryStatus.FALLITO_PERM
        )

    def test_proof_of_delivery_beats_failure(self) -> None:
        for worse in (
            DeliveryStatus.SCADUTO,
            DeliveryStatus.FALLITO_TEMP,
            DeliveryStatus.FALLITO_PERM,
        ):
            assert advance(worse, DeliveryStatus.CONSEGNATO) is DeliveryStatus.CONSEGNATO
            assert advance(DeliveryStatus.CONSEGNATO, worse) is DeliveryStatus.CONSEGNATO

    def test_an_uncertain_attempt_is_settled_by_news(self) -> None:
        assert advance(DeliveryStatus.INCERTO, DeliveryStatus.INVIATO) is DeliveryStatus.INVIATO
        assert advance(DeliveryStatus.ACCETTATO, DeliveryStatus.INCERTO) is DeliveryStatus.ACCETTATO

    def test_the_order_of_arrival_does_not_matter(self) -> None:
        for one, other, third in product(DeliveryStatus, repeat=3):
            assert advance(one, other) is advance(other, one)
            assert advance(advance(one, other), third) is advance(one, advance(other, third))

    @given(st.lists(statuses, min_size=1))
    def test_what_is_final_stays_final(self, news: list[DeliveryStatus]) -> None:
        now = DeliveryStatus.CREATO
        for reported in news:
            was_final, now = now.is_final, advance(now, reported)
            assert now.is_final or not was_final

    def test_every_status_has_a_label(self) -> None:
        assert len({status.label for status in DeliveryStatus}) == len(DeliveryStatus)
