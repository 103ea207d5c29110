"""A release as JSON and as text."""

from typing import TYPE_CHECKING, Any

from fangbang.cli.edge import Session
from fangbang.core.clock import AUTHORITY_ZONE, to_wire
from fangbang.release.rules.states import STATE_TEXTS

if TYPE_CHECKING:
    from fangbang.release.queries import ReleaseView

_LIGHTS = {"green": ("通过", "green"), "amber": ("需留意", "amber"), "red": ("未通过", "red")}


def tell(session: Session, view: "ReleaseView", *, whole: bool = False, dry: bool = False, **more: Any) -> None:
    """A release as JSON and as text."""
    gate = [] if view.report is None else view.report["gate"]
    told: dict[str, Any] = {
        "release": view.id,
        "sitting": view.sitting,
        "kind": view.kind.value,
        "scope": view.scope.to_json(),
        "state": view.state.value,
        "report": view.report_hash,
        "gate": {item["check"]: item["light"] for item in gate},
        "red": view.red,
        "approvers": list(view.approvers),
        "snapshot": view.snapshot,
        "header": view.header,
        "t": None if view.t is None else to_wire(view.t),
        "dry": dry,
        **more,
    }
    if whole:
        told["frozen"] = view.report
        told["signatures"] = [
            {
                "purpose": item.purpose,
                "operator": item.operator,
                "at": to_wire(item.at),
                "voided": item.voided_at is not None,
            }
            for item in view.signatures
        ]
    session.result(told, zh=_text(view, 0, dry), en=_text(view, 1, dry))


def _text(view: "ReleaseView", language: int, dry: bool) -> str:
    """`language`: 0 Chinese, 1 English."""
    lines = [f"{view.id}  {view.sitting}  {view.kind}  {view.scope.key}  {STATE_TEXTS[view.state][language]}"]
    if view.report is not None:
        lines += _report_lines(view, language)
    if view.snapshot:
        lines.append(("快照 ", "snapshot ")[language] + f"{view.snapshot}  header {view.header}")
    if view.t is not None:
        lines.append(f"T {view.t.astimezone(AUTHORITY_ZONE):%Y-%m-%d %H:%M:%S %Z}")
    if dry:
        lines.append(("未执行：加 --yes 才会执行", "Nothing was done: add --yes to do it")[language])
    return "\n".join(lines)


def _report_lines(view: "ReleaseView", language: int) -> list[str]:
    report = view.report or {}
    counts = "  ".join(f"{name} {count}" for name, count in report["counts"].items())
    changes = "  ".join(f"{name} {count}" for name, count in report["changes"].items())
    lines = [
        ("报告 ", "report ")[language] + view.report_hash,
        ("考生 ", "candidates ")[language] + f"{report['candidates']}  {counts}",
        *([("与已公布的不同 ", "changed since shown ")[language] + changes] if changes else []),
        ("数据员 ", "importers ")[language] + ", ".join(report["importers"]),
    ]
    for verdict in report["gate"]:
        reasons = "  ".join(" ".join(map(str, reason)) for reason in verdict["reasons"])
        overridden = "  ".join(f"{item['operator']}: {item['reason']}" for item in verdict["overrides"])
        lines.append(
            f"  {_LIGHTS[verdict['light']][language]:<6} {verdict['check']:<16} {reasons} {overridden}".rstrip()
        )
    lines.append(("已批准 ", "approved by ")[language] + (", ".join(view.approvers) or "-"))
    return lines
