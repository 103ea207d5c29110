"""The only writers of this stage: one transaction, one audit event each. A batch is accepted whole or not at all."""

from fangbang.intake.actions.accepting import (
    Intake,
    accept_file,
    enrol_centre,
    open_sitting,
    retire_centre,
    save_profile,
)
from fangbang.intake.actions.trying import (
    attach_manifest,
    hand_out_quarantine,
    look_at_upload,
    map_upload,
    take_upload,
    try_upload,
)
from fangbang.intake.actions.uploads import (
    begin_upload,
    discard_upload,
    finish_upload,
    remove_old_uploads,
    take_dropped,
    take_whole,
)
from fangbang.intake.limits import Limits
from fangbang.intake.pipeline import Progress
from fangbang.intake.profiles import Profile, default_profile, load_profile

__all__ = [
    "Intake",
    "Limits",
    "Profile",
    "Progress",
    "accept_file",
    "attach_manifest",
    "begin_upload",
    "default_profile",
    "discard_upload",
    "enrol_centre",
    "finish_upload",
    "hand_out_quarantine",
    "load_profile",
    "look_at_upload",
    "map_upload",
    "open_sitting",
    "remove_old_uploads",
    "retire_centre",
    "save_profile",
    "take_dropped",
    "take_upload",
    "take_whole",
    "try_upload",
]
