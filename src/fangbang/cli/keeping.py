"""How the office's verbs speak with the keeper."""

from typing import Any

from fangbang.cli.layout import Layout
from fangbang.core.errors import FangbangError, Kind, Problem, heard_params

KEEPER_REFUSED = Problem("cli.keeper-refused", Kind.REFUSED, zh="保管进程拒绝:{code}", en="The keeper refused: {code}")


def ask_keeper(layout: Layout, request: dict[str, Any], timeout: float = 30.0) -> dict[str, Any]:
    """The keeper's answer; its refusals are raised as they were raised there."""
    import fangbang.keeper.problems  # noqa: F401  (enters the keeper's problems into the registry)
    from fangbang.snapshot import board

    answer = board.ask_keeper(layout.keeper_socket, request, timeout)
    if not answer.get("ok"):
        problem = Problem.registry.get(answer.get("code", ""), KEEPER_REFUSED)
        raise FangbangError(problem, **{"code": answer.get("code"), **heard_params(answer.get("params", {}))})
    return answer
