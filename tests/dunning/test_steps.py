"""Which step comes next, over any history: none skipped, none repeated, none after payment."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.rules.steps import (
    SPACING_DAYS,
    Anchor,
    History,
    Step,
    StepKind,
    StepsRefused,
    Taken,
    check_steps,
    next_step,
)

DUE = date(2026, 6, 16)
COURTESY, FORMAL, LEGAL = StepKind
CLASSIC = (
    Step(1, COURTESY, Anchor.DUE, 10),
    Step(2, COURTESY, Anchor.SENT, 14),
    Step(3, FORMAL, Anchor.DUE, 60),
    Step(4, LEGAL, Anchor.DELIVERED, 40),
)


def unpaid(*taken: Taken, due_on: date | None = DUE) -> History:
    return History(due_on=due_on, noticed_on=date(2026, 3, 1), taken=taken)


@st.composite
def policies(draw: st.DrawFn) -> tuple[Step, ...]:
    kinds = sorted(
        draw(st.lists(st.sampled_from(StepKind), min_size=1, max_size=6)), key=list(StepKind).index
    )
    anchors = [Anchor.DUE] + [draw(st.sampled_from(Anchor)) for _ in kinds[1:]]
    days = draw(st.lists(st.integers(1, 90), min_size=len(kinds), max_size=len(kinds)))
    return tuple(
        Step(number, kind, anchor, offset)
        for number, (kind, anchor, offset) in enumerate(zip(kinds, anchors, days, strict=True), 1)
    )


HAPPENS = st.lists(
    st.tuples(
        st.integers(0, 45),  # the clock is moved on by so many days
        st.sampled_from(["run", "run", "deliver", "part", "catch up", "pay", "new version"]),
    ),
    max_size=60,
)


@given(policies(), HAPPENS, st.data())
def test_over_any_history(
    steps: tuple[Step, ...], happens: list[tuple[int, str]], data: st.DataObject
) -> None:
    """Runs come when they come; parts are paid; deliveries are proved late; the policy changes under way."""
    today, paid, history = DUE, False, unpaid()
    left: list[Taken] = []
    for days, what in happens:
        today += timedelta(days=days)
        match what:
            case "run":
                step = next_step(steps, history)
                if step is None or step[1] > today:
                    continue
                assert not paid
                assert history.due_on is not None
                taken = Taken(step[0].number, history.due_on, today)
                left.append(taken)
                history = replace(history, taken=(*history.taken, taken))
            case "deliver" if history.taken:
                *others, latest = history.taken
                latest = replace(latest, delivered_on=latest.delivered_on or today)
                history = replace(history, taken=(*others, latest))
            case "catch up" if history.due_on:  # the missed rata is paid, a later one is missed now
                history = replace(history, due_on=max(today, history.due_on + timedelta(days=1)))
            case "pay":
                paid, history = True, replace(history, due_on=None)
            case "new version":
                steps = data.draw(policies())
    stories: dict[date, list[Taken]] = {}
    for taken in left:
        stories.setdefault(taken.due_on, []).append(taken)
    for due_on, story in stories.items():
        assert [taken.step for taken in story] == list(range(1, len(story) + 1))
        assert all(taken.on > due_on for taken in story)
        gaps = [(b.on - a.on).days for a, b in pairwise(story)]
        assert all(gap >= SPACING_DAYS for gap in gaps)


@given(policies(), st.integers(0, 400))
def test_without_a_notice_nothing_comes(steps: tuple[Step, ...], days: int) -> None:
    assert next_step(steps, History(DUE - timedelta(days=days), None)) is None


@given(policies())
def test_what_is_promised_for_a_day_comes_that_day(steps: tuple[Step, ...]) -> None:
    """The next date shown to the office is the one on which the step leaves, until the steps end or wait for a proof."""
    history = unpaid()
    for number, _ in enumerate(steps, 1):
        answer = next_step(steps, history)
        if answer is None:
            before = steps[number - 2]
            assert before.kind is not COURTESY or steps[number - 1].anchor is Anchor.DELIVERED
            return
        step, on = answer
        assert step.number == number
        history = replace(history, taken=(*history.taken, Taken(number, DUE, on)))
    assert next_step(steps, history) is None


class TestNamedCases:
    def test_kill_bill_2297_a_part_paid_never_jumps_to_the_severest(self) -> None:
        """Day 200, only the first courtesy left, a part was just paid: the second courtesy, not the formal act."""
        steps = tuple(
            Step(n, k, Anchor.DUE, d)
            for n, k, d in ((1, COURTESY, 10), (2, COURTESY, 25), (3, FORMAL, 60))
        )
        first = Taken(1, DUE, DUE + timedelta(days=10))
        step, on = next_step(steps, unpaid(first)) or pytest.fail("no step")
        assert (step.number, on) == (2, DUE + timedelta(days=25))
        late = Taken(2, DUE, DUE + timedelta(days=200))
        step, on = next_step(steps, unpaid(first, late)) or pytest.fail("no step")
        assert (step.number, on) == (3, late.on + timedelta(days=35))

    def test_lago_a_step_that_did_not_leave_is_not_counted(self) -> None:
        """A run that died before sending leaves no trace in the history: the same step is still the next."""
        assert next_step(CLASSIC, unpaid()) == next_step(CLASSIC, unpaid())
        assert (next_step(CLASSIC, unpaid()) or pytest.fail("no step"))[0].number == 1

    def test_a_new_missed_rata_starts_from_the_courtesy(self) -> None:
        story = tuple(
            Taken(n, DUE, DUE + timedelta(days=20 * n), DUE + timedelta(days=90)) for n in (1, 2, 3)
        )
        december = date(2026, 12, 16)
        step, on = next_step(CLASSIC, unpaid(*story, due_on=december)) or pytest.fail("no step")
        assert (step.number, on) == (1, december + timedelta(days=10))

    def test_nothing_follows_a_formal_step_whose_delivery_is_not_proved(self) -> None:
        story = tuple(Taken(n, DUE, DUE + timedelta(days=30 * n)) for n in (1, 2, 3))
        assert next_step(CLASSIC, unpaid(*story)) is None
        served = replace(story[2], delivered_on=date(2026, 10, 1))
        assert (next_step(CLASSIC, unpaid(*story[:2], served)) or pytest.fail("no step"))[
            1
        ] == date(2026, 11, 10)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((), "passi"),
        ((Step(2, COURTESY, Anchor.DUE, 10),), "numerati"),
        ((Step(1, COURTESY, Anchor.SENT, 10),), "primo passo"),
        ((Step(1, COURTESY, Anchor.DUE, 0),), "giorni"),
        ((Step(1, FORMAL, Anchor.DUE, 10), Step(2, COURTESY, Anchor.SENT, 10)), "cortesia"),
    ],
)
def test_what_cannot_be_a_policy(steps: tuple[Step, ...], words: str) -> None:
    with pytest.raises(StepsRefused, match=words):
        check_steps(steps)


class TestBeforeTheDueDate:
    """The reminder that comes before: courtesy, once, never late, and nobody waits for it."""

    STEPS = (Step(0, COURTESY, Anchor.DUE, -7), *CLASSIC)

    @given(st.integers(-60, 60), st.booleans())
    def test_it_is_next_only_until_the_day(self, days: int, sent: bool) -> None:
        today = DUE + timedelta(days=days)
        history = unpaid(Taken(0, DUE, DUE - timedelta(days=7))) if sent else unpaid()
        step, on = next_step(self.STEPS, history, today=today) or pytest.fail("no step")
        if days <= 0 and not sent:
            assert (step.number, on) == (0, DUE - timedelta(days=7))
        else:
            assert (step.number, on) == (1, DUE + timedelta(days=10))

    @given(policies(), st.integers(-30, -1), st.integers(0, 400))
    def test_with_or_without_it_the_chain_is_the_same(
        self, steps: tuple[Step, ...], lead: int, late: int
    ) -> None:
        """But for the week between two messages."""
        before = Taken(0, DUE, DUE + timedelta(days=lead))
        today = DUE + timedelta(days=1 + late)
        bare = next_step(steps, unpaid()) or pytest.fail("no step")
        with_it = next_step(
            (Step(0, COURTESY, Anchor.DUE, lead), *steps), unpaid(before), today=today
        )
        assert with_it == (bare[0], max(bare[1], before.on + timedelta(days=SPACING_DAYS)))

    @pytest.mark.parametrize(
        ("step", "words"),
        [
            (Step(0, FORMAL, Anchor.DUE, -7), "solo un promemoria"),
            (Step(0, COURTESY, Anchor.SENT, -7), "dalla scadenza"),
            (Step(0, COURTESY, Anchor.DUE, -31), "da -30 a -1"),
        ],
    )
    def test_what_it_cannot_be(self, step: Step, words: str) -> None:
        check_steps(self.STEPS)
        with pytest.raises(StepsRefused, match=words):
            check_steps((step, *CLASSIC))
        with pytest.raises(StepsRefused, match="passi"):
            check_steps(self.STEPS[:1])
        with pytest.raises(StepsRefused, match="uno solo"):
            check_steps((self.STEPS[0], *self.STEPS))
        with pytest.raises(StepsRefused, match="per primo"):
            check_steps((*CLASSIC, self.STEPS[0]))


def test_the_classic_policy_is_one() -> None:
    check_steps(CLASSIC)
