"""From settings to budgets; what cannot be used is named, and never shown."""

from pathlib import Path

import pytest

from fangbang.core.errors import FangbangError
from fangbang.core.settings import BAD_SETTING, load_settings
from fangbang.lookup.alarms import Thresholds
from fangbang.lookup.limits import Budgets
from fangbang.lookup.options import budgets, shared_limits, thresholds


def test_the_defaults_of_settings_are_those_of_the_code() -> None:
    settings = load_settings({})

    assert budgets(settings, None, None, ()) == Budgets()
    assert thresholds(settings) == Thresholds()
    assert shared_limits(settings) == (None, b"")


def test_settings_become_budgets_and_options_go_before_them() -> None:
    settings = load_settings(
        {
            "FANGBANG_LIMIT_BITS": "12",
            "FANGBANG_LIMIT_PERSONS": "50",
            "FANGBANG_LIMIT_FAILURES": "25",
            "FANGBANG_LIMIT_WIDE_NETWORKS": "10.0.0.0/8, 2001:db8::/32",
        }
    )

    made, other = budgets(settings, None, None, ()), budgets(settings, 4, 30, ("192.0.2.0/24",))

    assert (made.bits, made.of_prefix, made.wide) == (12, (5, 50, 5, 25), ("10.0.0.0/8", "2001:db8::/32"))
    assert (other.bits, other.of_prefix, other.wide) == (4, (3, 30, 5, 25), ("192.0.2.0/24",))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FANGBANG_LIMIT_PERSONS", "0"),
        ("FANGBANG_LIMIT_BITS", "21"),
        ("FANGBANG_LIMIT_WIDE_NETWORKS", "10.0.0.1/8"),
        ("FANGBANG_LIMIT_WIDE_NETWORKS", "home"),
    ],
)
def test_a_budget_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(FangbangError) as caught:
        budgets(load_settings({name: value}), None, None, ())

    assert (caught.value.problem, caught.value.params["name"]) == (BAD_SETTING, name)


def test_a_store_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"k" * 32)
    environ = {
        "FANGBANG_LIMITS_STORE": "redis://:open-sesame@store/0",
        "FANGBANG_LIMITS_KEY_FILE": str(tmp_path / "key"),
        "FANGBANG_LIMITS_NODES": "3",
    }

    store, key = shared_limits(load_settings(environ))

    assert store is not None
    assert (store.nodes, len(key), key != b"k" * 32) == (3, 32, True)
    assert "sesame" not in f"{store!r}"


@pytest.mark.parametrize(
    ("url", "key", "name"),
    [
        ("ftp://store", b"k" * 32, "FANGBANG_LIMITS_STORE"),
        ("redis://store", b"k" * 31, "FANGBANG_LIMITS_KEY_FILE"),
        ("redis://store", None, "FANGBANG_LIMITS_KEY_FILE"),
    ],
)
def test_a_store_or_key_that_cannot_be_used_is_named(tmp_path: Path, url: str, key: bytes | None, name: str) -> None:
    if key is not None:
        (tmp_path / "key").write_bytes(key)
    environ = {"FANGBANG_LIMITS_STORE": url, "FANGBANG_LIMITS_KEY_FILE": str(tmp_path / "key")}

    with pytest.raises(FangbangError) as caught:
        shared_limits(load_settings(environ))

    assert (caught.value.problem, caught.value.params["name"]) == (BAD_SETTING, name)


def test_a_store_without_any_key_file_is_an_error() -> None:
    with pytest.raises(FangbangError) as caught:
        shared_limits(load_settings({"FANGBANG_LIMITS_STORE": "redis://store"}))

    assert caught.value.params["name"] == "FANGBANG_LIMITS_KEY_FILE"
