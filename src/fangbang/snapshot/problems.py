"""What can go wrong with sealed files, boards and envelopes."""

from fangbang.core.errors import Kind, Phrase, Problem

MALFORMED = Phrase("malformed", "无法解读")

CORRUPT = Problem(
    "snapshot.corrupt",
    Kind.INTEGRITY,
    zh="快照文件 {file} 的第 {block} 块与哈希不符",
    en="Block {block} of snapshot file {file} does not match its hash",
)
UNREADABLE_ENTRY = Problem(
    "snapshot.unreadable-entry",
    Kind.INTEGRITY,
    zh="快照中的一个条目无法验证",
    en="An entry of the snapshot does not authenticate",
)
BAD_HEADER = Problem(
    "snapshot.bad-header",
    Kind.INTEGRITY,
    zh="快照头无法使用：{reason}",
    en="The snapshot header cannot be used: {reason}",
)
BAD_FILE = Problem(
    "snapshot.bad-file",
    Kind.INTEGRITY,
    zh="快照文件 {file} 与快照头不符：{reason}",
    en="Snapshot file {file} does not match the header: {reason}",
)
WRONG_KEY = Problem(
    "snapshot.wrong-key",
    Kind.INTEGRITY,
    zh="发布密钥不属于这个快照",
    en="The release key does not belong to this snapshot",
)
BAD_RECORD = Problem(
    "snapshot.bad-record",
    Kind.INTEGRITY,
    zh="记录内容无法解读",
    en="The content of a record cannot be decoded",
)
RECORD_TOO_LONG = Problem(
    "snapshot.record-too-long",
    Kind.INPUT,
    zh="一条记录有 {length} 字节，超过上限 {limit}",
    en="A record takes {length} bytes; the limit is {limit}",
)
DUPLICATE_CREDENTIAL = Problem(
    "snapshot.duplicate-credential",
    Kind.INTEGRITY,
    zh="{count} 组主凭据（准考证号和证件号码）属于多条记录",
    en="{count} main credentials (ticket and document) belong to more than one record",
)
BAD_PAGES = Problem(
    "snapshot.bad-pages",
    Kind.INTEGRITY,
    zh="页面内容的指针无法使用：{reason}",
    en="The pointer to the page bundle cannot be used: {reason}",
)
BAD_CREDENTIAL = Problem(
    "snapshot.bad-credential",
    Kind.INPUT,
    zh="查询凭据 {kind} 的字段数不对",
    en="Credential {kind} has the wrong number of fields",
)
BAD_BOARD = Problem(
    "snapshot.bad-board",
    Kind.INTEGRITY,
    zh="公告板无法使用：{reason}",
    en="The board cannot be used: {reason}",
)
BAD_ANCHOR = Problem(
    "snapshot.bad-anchor",
    Kind.INPUT,
    zh="信任锚文件 {file} 无法使用：{reason}",
    en="The trust anchor {file} cannot be used: {reason}",
)
BAD_ENVELOPE = Problem(
    "snapshot.bad-envelope",
    Kind.INTEGRITY,
    zh="密钥信封打不开",
    en="The key envelope does not open",
)
KEEPER_UNREACHABLE = Problem(
    "snapshot.keeper-unreachable",
    Kind.UNAVAILABLE,
    zh="保管进程没有应答",
    en="The keeper does not answer",
)
