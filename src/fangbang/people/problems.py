"""What can be wrong with an identity document or a name. The texts never repeat the number."""

from fangbang.core.errors import Kind, Problem


def _problem(code: str, zh: str, en: str) -> Problem:
    return Problem(f"people.{code}", Kind.INPUT, zh=zh, en=en)


DOCUMENT_BLANK = _problem("document-blank", "证件号码为空", "The document number is blank")
DOCUMENT_LENGTH = _problem(
    "document-length", "居民身份证号码应为 18 位", "A resident identity number has 18 characters"
)
DOCUMENT_OLD = _problem(
    "document-old",
    "15 位旧身份证号码已停用，请改用 18 位号码",
    "15-digit identity numbers are no longer in use; give the 18-digit number",
)
DOCUMENT_SPREADSHEET = _problem(
    "document-spreadsheet",
    "证件号码被电子表格改成了数字（末尾几位已丢失），请从原始数据重新导出",
    "A spreadsheet turned the document number into a number and lost its last digits; export it again as text",
)
DOCUMENT_CHARACTERS = _problem(
    "document-characters", "证件号码中有不允许的字符", "The document number has characters that it cannot have"
)
DOCUMENT_BIRTH = _problem(
    "document-birth", "证件号码中的出生日期不存在或不合理", "The birth date in the document number is impossible"
)
DOCUMENT_CHECK = _problem(
    "document-check", "证件号码的校验码不对", "The check character of the document number is wrong"
)
DOCUMENT_REGION = _problem(
    "document-region",
    "证件号码的地区代码与证件类型不符",
    "The region code of the document number does not go with the type of document",
)
DOCUMENT_FORMAT = _problem(
    "document-format", "证件号码不符合该证件类型的格式", "The number does not have the format of this document type"
)
DOCUMENT_TYPE = _problem("document-type", "证件类型无法识别", "The type of document is not known")
NAME_BLANK = _problem("name-blank", "姓名为空", "The name is blank")
NAME_CHARACTERS = _problem("name-characters", "姓名中有不允许的字符", "The name has characters that a name cannot have")
NAME_LENGTH = _problem("name-length", "姓名过长", "The name is too long")
NO_PERSON = Problem("people.no-person", Kind.INPUT, zh="没有这个人员编号（或已并入他人）", en="There is no such person")
NO_PROPOSAL = Problem("people.no-proposal", Kind.INPUT, zh="没有这个提议", en="There is no such proposal")
NO_BASIS = Problem("people.no-basis", Kind.INPUT, zh="请写明依据（申请或文件编号）", en="Say what this rests on")
SAME_PERSON = Problem("people.same-person", Kind.INPUT, zh="两边是同一个", en="Both sides are the same")
SAME_STAFF = Problem(
    "people.same-staff", Kind.REFUSED, zh="提议须由另一名工作人员决定", en="Another member of staff has to decide this"
)
DECIDED_ALREADY = Problem("people.decided-already", Kind.STATE, zh="该提议已有决定", en="This was decided before")
LINKED_ALREADY = Problem(
    "people.linked-already", Kind.STATE, zh="这两个证件已属于同一人", en="The two documents are one person's already"
)
NEEDS_MERGE = Problem(
    "people.needs-merge",
    Kind.STATE,
    zh="两个证件已各属一人，请提议合并这两人",
    en="The documents belong to two persons: propose to merge these",
)
NOT_APPROVED = Problem(
    "people.not-approved",
    Kind.STATE,
    zh="只能撤销已批准且仍有效的关联、合并或改名",
    en="Only a link, merge or change of name that was approved and still counts can be undone",
)
UNDO_MERGE_FIRST = Problem(
    "people.undo-merge-first",
    Kind.STATE,
    zh="此人已与他人合并，须先撤销合并，再撤销证件关联",
    en="This person was merged with another one: undo the merge first, then the link",
)
SAME_NAME = Problem("people.same-name", Kind.INPUT, zh="两个姓名相同", en="The two names are the same")
REASON_NEEDED = Problem(
    "people.reason-needed",
    Kind.INPUT,
    zh="必须写明理由（{least} 至 {most} 个字）",
    en="A reason is needed ({least} to {most} characters)",
)
PERSONAL_REASON = Problem(
    "people.personal-reason",
    Kind.INPUT,
    zh="理由会写入审计日志：不要写姓名、证件号、准考证号等，写事由或受理编号",
    en="The reason goes into the audit log: write no name, document or ticket number there, but the matter or its case "
    "number",
)
