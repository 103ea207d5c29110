"""What can go wrong with changes of the catalogue."""

from fangbang.core.errors import Kind, Problem

UNKNOWN_CHANGE = Problem(
    "catalogue.unknown",
    Kind.INPUT,
    zh="没有编号为 {change} 的目录变更",
    en="There is no change {change} of the catalogue",
)
NOT_WAITING = Problem(
    "catalogue.not-waiting",
    Kind.STATE,
    zh="目录变更 {change} 已有决定，本次没有执行",
    en="The change {change} was decided already; nothing was done",
)
SECOND_PERSON = Problem(
    "catalogue.second-person",
    Kind.REFUSED,
    zh="目录变更须由提出者以外的人决定",
    en="A change of the catalogue is decided by somebody else than its author",
)
NOT_YOURS = Problem(
    "catalogue.not-yours",
    Kind.REFUSED,
    zh="只有提出者可以收回自己的变更",
    en="Only its author takes a change back",
)
NO_REASON = Problem(
    "catalogue.no-reason",
    Kind.INPUT,
    zh="请写明依据（文号）或理由",
    en="Say why: the document's number, or the reason",
)
NO_FILE = Problem("catalogue.no-file", Kind.INPUT, zh="请选择规则文件", en="Choose the file of rules")
SAME_FILE = Problem(
    "catalogue.same-file",
    Kind.STATE,
    zh="这个文件与现行的 {key} 相同，没有可变更的内容",
    en="This file is the one that is in force for {key}: there is nothing to change",
)
NO_FOLDER = Problem(
    "catalogue.no-folder",
    Kind.STATE,
    zh="本安装没有存放自有考试规则文件的文件夹：请系统管理员设置 FANGBANG_EXAMS",
    en="This installation has no folder for exam files of its own: let the system's administrator set FANGBANG_EXAMS",
)
NOT_WRITABLE = Problem(
    "catalogue.not-writable",
    Kind.UNAVAILABLE,
    zh="无法写入考试规则文件夹（{reason}），本次没有执行",
    en="The folder of exam files cannot be written ({reason}); nothing was done",
)
ALTERED = Problem(
    "catalogue.altered",
    Kind.INTEGRITY,
    zh="目录变更 {change} 的文件与提出时记录的哈希不符：请退回并核查；本次没有执行",
    en="The file of the change {change} is not the one that was proposed: refuse it, look into it; nothing was done",
)
CHANGED_MEANWHILE = Problem(
    "catalogue.changed-meanwhile",
    Kind.STATE,
    zh="提出变更之后，{key} 的现行文件已变：请对照现行文件重新提出；本次没有执行",
    en="Another file is in force for {key} than when this was proposed: propose it again; nothing was done",
)
