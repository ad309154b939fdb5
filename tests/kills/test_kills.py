"""A wave on every channel, one of invitations, and the memos, with workers, web, Redis (and PostgreSQL) killed in the middle of the sending.

At the end each debtor got exactly one message or is listed as uncertain, nobody two, nobody none; who paid meanwhile got
nothing. ``PAYBOX_KILL_ITEMS`` says how many debtors a channel has: some hundred in the suite, 10,000 with ``make test-kill``,
where PostgreSQL, which is then the test's own, is killed too; ``PAYBOX_KILL_ACTS`` how many of them SEND has (a tenth, else: each
act is set in type by itself). ``PAYBOX_KILL_SEED`` repeats a run.
"""

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import transaction
from django.db.models import Count, F
from django_tenants.utils import schema_context

from billing.models import Instalment, MemoMail
from billing.selectors.ledger import ledger_problems
from dunning.models import Attempt, PrintBatch, StepTaken, Wave, WaveItem
from dunning.services.post_batches import ask_batch
from pagopa.wire.asking import write_request
from pagopa.wire.requests import SendRtRequest
from paybox.embedded.redis import remove_redis, start_redis
from paybox.kernel.clock import now, today
from paybox.kernel.locking import lock_row
from paybox.kernel.models import Job, OutboxEntry
from registry.models import Invitation
from registry.rules.consent import shown_code
from tenants.models import Ente
from tests.conftest import use_database
from tests.kills.chaos import Chaos, drawn, patiently
from tests.kills.ends import open_attempts, read_by_invited, received, sids
from tests.kills.ground import APPROVER, CHANNELS, INVITED, WAVES, Ground, lay_ground
from tests.pagopa.conftest import STATION, receipt_of
from tests.plugin import VAR
from tests.stack import Stack, running_stack
from tests.template import BORGO

ITEMS = int(os.environ.get("PAYBOX_KILL_ITEMS", "120"))
ACTS = int(os.environ.get("PAYBOX_KILL_ACTS") or max(20, ITEMS // 10))
WHOLE = ITEMS >= 1_000
SEED = int(os.environ.get("PAYBOX_KILL_SEED") or random.SystemRandom().randrange(10**6))
VICTIMS = ("worker",) * 4 + ("web", "redis")
MORE_VICTIMS = (*VICTIMS * 3, "postgres", "postgres", "postgres")
PAID = 5  # on each channel
LOOKED_UP = ("SMS", "SEND")  # what they took under our id is found there
HANDFUL = 8  # e-mails written as leaving together, and in doubt together
SECONDS = 6 * 3600 if WHOLE else 600
_RATES = dict.fromkeys(("SMS", "EMAIL", "PEC", "IO", "SEND"), 1_000)
FAST = {"PAYBOX_MESSAGES_PER_SECOND": json.dumps(_RATES)}
FIRST_RECEIPTS = timedelta(minutes=11)  # how long a wave waits for them, and a little more
POLL = 2.0 if WHOLE else 0.1  # counting tens of thousands is itself some work
State = WaveItem.State


@pytest.fixture
def chaos(
    tmp_path: Path, django_db_blocker: Any, django_db_setup: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Chaos]:
    broker = tmp_path / "redis"
    server = start_redis(broker)
    try:
        with (
            running_stack(redis_url=server.url, given=FAST) as stack,
            django_db_blocker.unblock(),
            use_database(stack.database),
        ):
            database = VAR / "postgres" if WHOLE else None
            yield Chaos(stack, random.Random(SEED), server, broker, database)
    finally:
        remove_redis(broker)


def test_killed_at_random_nobody_gets_two_nobody_gets_none(chaos: Chaos) -> None:
    say(f"seed {SEED}, {ITEMS} debtors a channel, {ACTS} acts for SEND")
    ente = Ente.objects.get(schema_name="borgo")
    with schema_context("borgo"):
        ground = lay_ground(
            ente, items=ITEMS, acts=ACTS, chance=chaos.chance, at=now(), today=today()
        )
        storm = Storm(chaos, ground)
        storm.run()
        say(f"killed {chaos.log}, {chaos.held} works in hand; took {storm.seconds:.0f} s")
        assert chaos.held, "no worker had anything in hand: the storm proves nothing"
        for channel in WAVES:
            check_channel(storm, channel)
        check_codes(storm)
        check_memos(storm)
        assert not OutboxEntry.objects.filter(done_at=None, task__startswith="dunning.").exists()
        assert list(ledger_problems()) == []


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


class Storm:
    """The wave under way: kills and payments as the work goes on, until nothing is left to do."""

    def __init__(self, chaos: Chaos, ground: Ground) -> None:
        self.chaos, self.ground = chaos, ground
        self.stopped: set[str] = set()  # items whose debtor paid before they were claimed
        self.paid = 0
        self.seconds = 0.0
        self._total = sum(ground.debtors.values()) + len(WAVES) * len(ground.officials)
        self._kills = drawn(chaos.chance, MORE_VICTIMS if WHOLE else VICTIMS, self._total)
        self._payments = drawn(chaos.chance, CHANNELS * (PAID * (10 if WHOLE else 1)), self._total)
        self._nudged = 0.0

    def run(self) -> None:
        start = time.monotonic()
        self.chaos.rouse("dunning.write_memos")
        while (done := patiently(self._done)) < self._total or self._kills:
            assert time.monotonic() - start < SECONDS, self.standing()
            self._go_on(done)
        self.chaos.move_clock(timedelta(hours=2))  # whoever held an attempt has died since
        while not patiently(self._is_over):
            assert time.monotonic() - start < SECONDS, self.standing()
            self._keep_awake(0.5)
        self.seconds = time.monotonic() - start

    def _go_on(self, done: int) -> None:
        while self._kills and self._kills[0][0] <= done:
            patiently(lambda: self.chaos.kill(self._kills[0][1], done))
            self._kills.pop(0)
        while self._payments and self._payments[0][0] <= done:
            patiently(lambda: self._pay(self._payments[0][1]))
            self._payments.pop(0)
        self._print_letters()
        self._keep_awake(POLL)

    def _keep_awake(self, pause: float) -> None:
        if time.monotonic() - self._nudged > 2 * POLL + 1:
            patiently(self.chaos.nudge)
            self._nudged = time.monotonic()
            if patiently(self._awaits_first_receipts):
                self.chaos.move_clock(FIRST_RECEIPTS)
        time.sleep(pause)

    def _done(self) -> int:
        items = WaveItem.objects.exclude(state__in=[State.READY, State.PAPER]).count()
        letters = Attempt.objects.filter(channel="LETTERA").count()
        return items + letters + MemoMail.objects.exclude(begun_at=None).count()

    def _print_letters(self) -> None:
        """An official asks for the batch as soon as the items are set aside."""
        wave_id = self.ground.waves["LETTERA"]
        if not patiently(PrintBatch.objects.exists) and patiently(self._all_set_aside):
            patiently(
                lambda: ask_batch(wave_id=wave_id, product="ORDINARIA", actor=APPROVER, at=now())
            )

    def _awaits_first_receipts(self) -> bool:
        """A large wave looks at its first messages before it goes on; some of the far ends of this story never say anything."""
        waiting = Wave.objects.filter(canary__gt=0, canary_at=None).annotate(
            tried=Count("items__attempts")
        )
        return waiting.filter(tried__gte=F("canary")).exists()

    def _all_set_aside(self) -> bool:
        wave = WaveItem.objects.filter(wave_id=self.ground.waves["LETTERA"])
        return not wave.filter(state__in=[State.READY, State.SENDING]).exists()

    def _is_over(self) -> bool:
        ended = Wave.objects.filter(state=Wave.State.SENT).count() == len(WAVES)
        printed = PrintBatch.objects.filter(job__state=Job.State.DONE).exists()
        owed = OutboxEntry.objects.filter(done_at=None, task__startswith="dunning.").exists()
        return ended and printed and not owed

    def _pay(self, channel: str) -> None:
        """One who is still to be written to pays through the Node; what matters is who had not been claimed by then."""
        items = WaveItem.objects.filter(wave_id=self.ground.waves[channel], attempts=None)
        waiting = items.filter(state__in=[State.READY, State.PAPER]).exclude(key__in=self.stopped)
        item = waiting.order_by("-pk").first()
        if item is None:
            return
        instalment = Instalment.objects.get(position_id=item.position_ids[0], number=0)
        _deliver(self.chaos.stack, instalment)
        self.paid += 1
        with transaction.atomic():
            batch = PrintBatch.objects.first()
            if batch is not None:
                lock_row(Job, batch.job_id)  # letters are written under it
            if not lock_row(WaveItem, item.pk).attempts.exists():
                self.stopped.add(item.key)

    def standing(self) -> str:
        waves = {w.channel: (w.state, w.message) for w in Wave.objects.all()}
        items = Counter(WaveItem.objects.values_list("channel", "state"))
        work = list(OutboxEntry.objects.filter(done_at=None).values_list("task", "last_error")[:5])
        return f"{waves} {items} {work} killed {self.chaos.log}"


def _deliver(stack: Stack, instalment: Instalment) -> None:
    """As the Node: again until an answer in HTTP 200."""
    receipt = receipt_of(instalment, receipt_id=f"pagato-{instalment.pk}", paid_at=now())
    body = write_request(SendRtRequest(BORGO, BORGO, STATION, receipt))
    url = f"http://127.0.0.1:{stack.ports.web}/pagopa/paForNode"
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            heard = httpx.post(url, content=body, headers={"Content-Type": "text/xml"}, timeout=20)
        except httpx.HTTPError:
            heard = None
        if heard is not None and heard.status_code == 200:
            assert b"<outcome>OK</outcome>" in heard.content
            return
        time.sleep(0.1)
    raise AssertionError("the web never came back")


def check_channel(storm: Storm, channel: str) -> None:
    wave_id = storm.ground.waves[channel]
    items = list(WaveItem.objects.filter(wave_id=wave_id))
    got = received(storm.chaos.stack, channel)
    tried = open_attempts(wave_id)
    named = {item.key: item.key if channel == "LETTERA" else item.address for item in items}
    by_state: Counter[str] = Counter(item.state for item in items)
    say(f"{channel} {dict(by_state)}, far end {sum(got.values())}")
    assert len(items) == storm.ground.debtors[channel]
    assert set(got) <= set(named.values()), "somebody who was not asked for"
    assert not [who for who, times in got.items() if times > 1], "somebody got two"
    for item in items:
        here = got[named[item.key]]
        if item.key in storm.stopped:
            assert (item.state, item.reason, here) == (State.SKIPPED, "PAGATO", 0), item.key
        elif item.state == State.UNCERTAIN:
            assert channel not in LOOKED_UP, f"{channel} can always be looked up"
        elif item.state != State.SKIPPED:
            assert (here, tried[item.key]) == (1, 1), f"{item.key} {item.state}"
        else:
            assert (item.reason, here) == ("PAGATO", 0)
    uncertain = by_state[State.UNCERTAIN]
    assert uncertain <= HANDFUL * storm.chaos.kills_of("worker", "redis", "postgres")
    taken = StepTaken.objects.filter(item__wave_id=wave_id)
    steps = 0 if channel == INVITED else len(items) - by_state[State.SKIPPED]
    assert taken.count() == steps
    if channel == "SMS":
        refs = Attempt.objects.filter(item__wave_id=wave_id).exclude(provider_ref="")
        assert set(refs.values_list("provider_ref", flat=True)) == sids(storm.chaos.stack)


def check_codes(storm: Storm) -> None:
    """Each was invited with one code, hers alone, whoever had to begin again."""
    read = read_by_invited(storm.chaos.stack)
    codes = dict(Invitation.objects.values_list("subject_id", "code"))
    assert len(set(codes.values())) == len(codes)
    items = WaveItem.objects.filter(wave_id=storm.ground.waves[INVITED])
    for address, subject_id in items.values_list("address", "subject_id"):
        assert address not in read or shown_code(codes[subject_id]) in read[address], address


def check_memos(storm: Storm) -> None:
    got = received(storm.chaos.stack, "MEMO")
    mails = list(MemoMail.objects.all())
    told = Counter(mail.address for mail in mails)
    assert set(told) >= storm.ground.officials
    uncertain = [mail for mail in mails if mail.sent_at is None]
    say(f"memo {len(mails)}, uncertain {len(uncertain)}")
    assert all(mail.begun_at for mail in mails)
    assert len(uncertain) <= 2 * storm.chaos.kills_of("worker", "redis", "postgres")
    doubtful = Counter(mail.address for mail in uncertain)
    for address, mine in told.items():
        assert mine - doubtful[address] <= got[address] <= mine, address
