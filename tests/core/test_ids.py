import re

from fangbang.core.ids import new_id


def test_an_id_has_its_prefix_and_128_random_bits_in_lower_case() -> None:
    assert re.fullmatch(r"rel-[a-z2-7]{26}", new_id("rel"))


def test_ids_do_not_repeat_or_count() -> None:
    ids = [new_id("rel") for _ in range(1000)]

    assert len(set(ids)) == 1000
    assert ids != sorted(ids)
