"""Alarms: sounded by what attacks look like, silent for a crowd that mistypes, over after a quiet while."""

import pytest

from fangbang.lookup.alarms import FIRST_STEP, LONG, SECOND_STEP, SPAN, Alarms, Sample, Thresholds

CALM = Sample(0, 0, 0, 0, 0, 0, 0)


def seconds(alarms: Alarms, count: int, each: Sample) -> list[str]:
    """Let `count` seconds pass that each add `each`; returns the alarms that began."""
    begun: list[str] = []
    sums = list(alarms._samples[-1]) if alarms._samples else list(CALM)
    for _ in range(count):
        sums = [*(now + more for now, more in zip(sums[:6], each[:6], strict=True)), each.fullest]
        begun += alarms.step(Sample(*sums))[0]
    return begun


@pytest.mark.parametrize(
    ("each", "kind"),
    [
        (Sample(10, 10, 0, 0, 0, 0, 0), "failures"),
        (Sample(10, 0, 0, 1, 0, 0, 0), "persons"),
        (Sample(1000, 100, 0, 0, 5, 0, 0), "sequence"),
        (Sample(1000, 0, 5, 0, 0, 0, 0), "refusals"),
        (Sample(1000, 0, 0, 0, 0, 1, 1000), "prefix"),
    ],
)
def test_each_attack_sounds_its_alarm_within_a_minute_and_once(each: Sample, kind: str) -> None:
    alarms = Alarms(Thresholds())

    begun = seconds(alarms, 60, each)

    assert begun == [kind]
    assert (set(alarms.standing), alarms.raised[kind]) == ({kind}, 1)


def test_a_crowd_that_mistypes_now_and_then_sounds_none() -> None:
    alarms = Alarms(Thresholds())

    assert seconds(alarms, 300, Sample(20_000, 4_000, 0, 0, 1, 0, 300)) == []


def test_a_few_failures_at_night_sound_none() -> None:
    alarms = Alarms(Thresholds())

    assert seconds(alarms, 300, Sample(0, 1, 0, 0, 0, 0, 0)) == []


def test_an_alarm_ends_after_a_quiet_while_and_can_sound_again() -> None:
    alarms = Alarms(Thresholds())
    seconds(alarms, 20, Sample(0, 20, 0, 0, 0, 0, 0))

    seconds(alarms, SPAN, CALM)
    during = alarms.standing
    seconds(alarms, SPAN + 2, CALM)

    assert (sorted(during), sorted(alarms.standing), alarms.surcharge) == (["failures"], [], 0)
    assert seconds(alarms, 20, Sample(0, 20, 0, 0, 0, 0, 0)) == ["failures"]
    assert alarms.raised["failures"] == 2


def test_the_breaker_raises_everybodys_price_in_two_steps() -> None:
    alarms = Alarms(Thresholds())
    before = alarms.surcharge
    seconds(alarms, 10, Sample(0, 20, 0, 0, 0, 0, 0))
    first = alarms.surcharge

    seconds(alarms, LONG, Sample(0, 20, 0, 0, 0, 0, 0))

    assert (before, first, alarms.surcharge) == (0, FIRST_STEP, SECOND_STEP)


def test_other_alarms_cost_nobody_anything() -> None:
    alarms = Alarms(Thresholds())
    seconds(alarms, 60, Sample(10, 0, 10, 1, 10, 1, 1000))

    assert alarms.standing == {"persons", "sequence", "refusals", "prefix"}
    assert alarms.surcharge == 0
