"""bench/RESULTS.md: a row a run, appended by the bench itself, so that no figure is typed by hand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("RESULTS.md")


def record_lookup(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench lookup` to the first table."""
    peers = outcome["peers"]
    cells = [
        today(),
        f"{outcome['candidates']:,}",
        figure(outcome["cpu_us"]),
        figure(outcome["rps"]),
        *(f"{figure(peers.get(name, {}).get('cpu_us'))}" for name in ("nginx", "fastapi", "django")),
        *(figure(outcome[f"ratio_{name}"]) for name in ("nginx", "fastapi", "django")),
        figure(max((item["spread"] for item in peers.values()), default=None)),
        str(outcome["rounds"]),
        outcome["machine"],
        *(figure(outcome[name]) for name in ("cpu_us_with_challenge", "cpu_us_tls", "ratio_tls")),
    ]
    append(path, "<!-- lookup -->", cells)


def record_pipeline(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench pipeline` to its table, a row a stage."""
    for stage in outcome["stages"]:
        cells = [
            today(),
            f"{outcome['candidates']:,}",
            f"{outcome['marks']:,} {outcome['form']}",
            str(outcome["entries"]),
            stage["stage"],
            figure(stage["seconds"]),
            f"{stage['rows']:,}",
            figure(stage["rows_per_second"]),
            figure(stage["peak_mb"]),
            figure(stage["mapped_mb"]),
            figure(outcome["ratio_polars"]) if stage["stage"] == "total" else "",
            outcome["machine"],
        ]
        append(path, "<!-- sealed -->", cells)


def record_attack(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench attack`."""
    numbers = ("addresses", "tries", "tries_allowed", "records", "records_allowed")
    cells = [today(), *(f"{outcome[name]:,}" for name in numbers), figure(outcome["alarm_seconds"])]
    append(path, "<!-- attack -->", [*cells, " ".join(outcome["alarms"]), outcome["machine"]])


def record_ocr(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench ocr`."""
    cells = [today(), f"{outcome['images']:,}", f"{outcome['read_share']:.1%}", f"{outcome['digits_share']:.1%}"]
    cells += [figure(outcome[name]) for name in ("draw_ms", "read_ms", "bytes")]
    append(path, "<!-- ocr -->", [*cells, outcome["versions"]["ddddocr"], outcome["machine"]])


def record_browser(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench browser` to its table."""
    seconds = ("hashes_65536_seconds", "search_mean_seconds", "search_median_seconds", "search_p95_seconds")
    cells = [
        today(),
        f"{outcome['throttle']} ({figure(outcome['measured_slowdown'])})",
        str(outcome["bits"]),
        *(figure(outcome[name]) for name in seconds),
        str(outcome["searches"]),
        outcome["machine"],
    ]
    append(path, "<!-- browser -->", cells)


def record_overload(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench overload` to its table."""
    flood = outcome["flood"]
    cells = [
        today(),
        figure(outcome["capacity"]),
        f"{outcome['offered_times']:g} × {outcome['seconds']:g} s",
        f"{flood['people']:,}",
        figure(outcome["goodput_ratio"]),
        str(outcome["wrong"]),
        f"{outcome['turned_away']:,}",
        figure(flood["latency_p99"]),
        f"{outcome['recovery_seconds']:g}",
        str(outcome["nice"]),
        outcome["machine"],
    ]
    append(path, "<!-- overload -->", cells)


def record_gate(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench gate`."""
    worst = min(outcome["classes"].values())
    missed = ", ".join(f"{name} {share:.2f}" for name, share in outcome["classes"].items() if share < 1) or "none"
    cells = [
        today(),
        f"{outcome['cohorts']} × {outcome['candidates']:,}",
        str(len(outcome["classes"])),
        f"{outcome['caught']:.4f}",
        f"{outcome['false_alarms']:.4f}",
        f"{worst:.2f}",
        missed,
        f"{outcome['caught_without_earlier_year']:.4f}",
        f"{outcome['clean_amber']:.2f}",
        figure(outcome["seconds"]),
        outcome["machine"],
    ]
    append(path, "<!-- gate -->", cells)


def record_upload(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench upload`."""
    seconds = ("send_seconds", "finish_seconds", "look_seconds", "mb_per_second", "plain_seconds", "ratio_plain")
    held = ("server_idle_mb", "server_peak_mb", "jobs_peak_mb")
    cells = [today(), f"{outcome['bytes']:,}", str(outcome["pieces"])]
    cells += [figure(outcome[name]) for name in (*seconds, *held)]
    append(path, "<!-- upload -->", [*cells, outcome["machine"]])


def record_form(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench upload --form`."""
    names = (
        "seconds",
        "look_seconds",
        "mb_per_second",
        "server_idle_mb",
        "server_peak_mb",
        "jobs_peak_mb",
        "disk_peak_mb",
    )
    cells = [today(), outcome["way"], f"{outcome['bytes']:,}", *(figure(outcome[name]) for name in names)]
    proxy = [figure(outcome[name]) if name in outcome else "–" for name in ("proxy_peak_mb", "proxy_disk_peak_mb")]
    append(path, "<!-- upload form -->", [*cells, *proxy, outcome["machine"]])


def record_faults(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `./dev faults`: kills of each step before its end + after it."""
    steps = (outcome["kills"][step] for step in ("import", "approve", "seal", "publish"))
    cells = [today(), outcome["database"], str(outcome["total"])]
    cells += [f"{counts.get('early', 0)} + {counts.get('late', 0)}" for counts in steps]
    cells += [str(outcome.get("recoveries", "–")), str(outcome["lost"]), f"{outcome['seconds']:,}"]
    append(path, "<!-- faults -->", [*cells, str(outcome["seed"]), outcome["machine"]])


def record_instructions(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench instructions`."""
    counts, shares = outcome["instructions"], outcome["not_found_shares"]
    cells = [today(), f"{outcome['asked']:,}", *(f"{counts[name]:,}" for name in counts)]
    cells += [f"{shares[name]:+.3%}" for name in shares]
    append(path, "<!-- instructions -->", [*cells, outcome["machine"]])


def record_timing(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench timing`, a row a comparison."""
    for item in outcome["comparisons"]:
        cells = [today(), item["where"], item["what"], f"{item['pairs']:,}"]
        cells += [f"{item[name]:.2f}" for name in ("t", "t_trimmed", "signs")]
        cells += [f"{item[name]:,.0f}" for name in ("shift", "first_median", "second_median")]
        cells += ["yes" if item["told_apart"] else "no", item["purpose"], outcome["machine"]]
        append(path, "<!-- timing -->", cells)


def record_replay(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench replay`."""
    cells = [today(), f"{outcome['replays']:,}", str(outcome["accepted_again"]), str(outcome["processes"])]
    append(path, "<!-- replay -->", [*cells, figure(outcome["seconds"]), outcome["machine"]])


def record_memory(outcome: dict[str, Any], path: Path = RESULTS) -> None:
    """Append a run of `bench memory`."""
    cells = [today(), f"{outcome['candidates']:,}", f"{outcome['asked']:,}"]
    cells += [figure(outcome[name]) for name in ("snapshot_mb", "own_mb", "margin_mb")]
    for name in ("free", "capped"):
        cells += [figure(outcome[name][part]) for part in ("cpu_us", "rps", "read_bytes_an_answer")]
    append(path, "<!-- memory -->", [*cells, figure(outcome["ratio"]), str(outcome["rounds"]), outcome["machine"]])


def append(path: Path, marker: str, cells: list[str]) -> None:
    """Put a row before the line that holds `marker`; raises ValueError where there is none."""
    lines = path.read_text(encoding="utf-8").splitlines()
    place = lines.index(marker)
    lines.insert(place, f"| {' | '.join(cells)} |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def figure(value: float | None) -> str:
    """Three significant digits, a dash for what was not measured."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def today() -> str:
    """The day of the run."""
    return datetime.now(tz=UTC).strftime("%Y-%m-%d")
