"""Which provinces are asked to confirm their counts, by the setting: for verbs and pages alike."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fangbang.release.queries import ReleaseView


def provinces_asked(view: "ReleaseView", mode: str) -> tuple[str, ...]:
    """The provinces whose word the frozen report needs. `mode`: the setting CONFIRMATIONS."""
    from fangbang.accounts.queries import provincial_centres
    from fangbang.release.queries import said
    from fangbang.release.rules import Word, asked_provinces

    if mode == "none":
        return ()
    if mode == "all":
        return asked_provinces(view.report, None)
    disputing = {item.province for item in said(view.id) if item.word is Word.DISPUTED}  # whoever left since
    return asked_provinces(view.report, provincial_centres(exam_of(view)) | disputing)


def provinces_passed_over(view: "ReleaseView", mode: str) -> tuple[str, ...]:
    """The provinces in the frozen report that are not asked: to be seen by whoever signs."""
    from fangbang.release.rules import asked_provinces

    return tuple(sorted(set(asked_provinces(view.report, None)) - set(provinces_asked(view, mode))))


def exam_of(view: "ReleaseView") -> str:
    """The exam of a release's sitting."""
    return view.sitting.rpartition("-")[0]
