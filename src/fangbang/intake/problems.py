"""Why a file is refused as a whole. What can be wrong with a single row stands in `rules.py`."""

from fangbang.core.errors import Kind, Problem


def _problem(code: str, kind: Kind, zh: str, en: str) -> Problem:
    return Problem(f"intake.{code}", kind, zh=zh, en=en)


NO_SITTING = _problem("no-sitting", Kind.STATE, "场次 {sitting} 尚未开设", "The sitting {sitting} has not been opened")
YEAR_AHEAD = _problem(
    "year-ahead",
    Kind.INPUT,
    "{year} 年的场次不能现在开设（现为 {now} 年），请核对年度",
    "A sitting of {year} is not opened in {now}: check the year",
)
NO_REGISTRATIONS = _problem(
    "no-registrations",
    Kind.STATE,
    "场次 {sitting} 尚无报名数据，请先接收报名文件",
    "The sitting {sitting} has no registrations yet; take in its registration file first",
)
NO_MARKS = _problem("no-marks", Kind.STATE, "场次 {sitting} 尚无成绩数据", "The sitting {sitting} has no marks yet")
NO_FILE = _problem("no-file", Kind.INPUT, "文件 {file} 不存在或无法读取", "The file {file} cannot be read")
EMPTY_FILE = _problem("empty-file", Kind.INPUT, "文件 {file} 没有数据行", "The file {file} has no data rows")
NOT_A_TABLE = _problem(
    "not-a-table",
    Kind.INPUT,
    "文件 {file} 是 {what}，不是 CSV、XLSX 或 DBF；请另存后再交",
    "The file {file} is {what}, not CSV, XLSX or DBF; save it as one of these",
)
FILE_TOO_LARGE = _problem(
    "file-too-large",
    Kind.INPUT,
    "文件 {file} 有 {size} 字节，超过上限 {most}（设置 FANGBANG_INTAKE_SIZE）",
    "The file {file} has {size} bytes, more than {most} (setting FANGBANG_INTAKE_SIZE)",
)
TOO_MANY_ROWS = _problem(
    "too-many-rows",
    Kind.INPUT,
    "文件 {file} 的行数超过上限 {most}（设置 FANGBANG_INTAKE_ROWS）",
    "The file {file} has more than {most} rows (setting FANGBANG_INTAKE_ROWS)",
)
TOO_MANY_COLUMNS = _problem(
    "too-many-columns",
    Kind.INPUT,
    "文件 {file} 有 {columns} 列，超过上限 {most}（设置 FANGBANG_INTAKE_COLUMNS）",
    "The file {file} has {columns} columns, more than {most} (setting FANGBANG_INTAKE_COLUMNS)",
)
TOO_COSTLY = _problem(
    "too-costly",
    Kind.INPUT,
    "读取文件 {file} 所需的内存或处理器时间超过上限（设置 FANGBANG_INTAKE_MEMORY、FANGBANG_INTAKE_SECONDS）",
    "Reading {file} takes more memory or CPU time than allowed (FANGBANG_INTAKE_MEMORY, FANGBANG_INTAKE_SECONDS)",
)
READER_DIED = _problem(
    "reader-died", Kind.INPUT, "读取文件 {file} 的进程异常终止", "The process that read {file} broke down"
)
BOMB = _problem(
    "bomb",
    Kind.INPUT,
    "文件 {file} 解压后过大或结构异常（{what}），可能是压缩炸弹",
    "The file {file} unpacks to too much, or is built to ({what}): perhaps a bomb",
)
BROKEN_WORKBOOK = _problem(
    "broken-workbook",
    Kind.INPUT,
    "工作簿 {file} 已损坏或格式异常（{reason}）；请用电子表格软件重新保存",
    "The workbook {file} is damaged or unusual ({reason}); save it anew with a spreadsheet program",
)
XML_ENTITIES = _problem(
    "xml-entities",
    Kind.INPUT,
    "工作簿 {file} 的 XML 中有文档类型、实体声明或非 UTF-8 编码",
    "The XML of workbook {file} declares a document type, entities or an encoding other than UTF-8",
)
FORMULAS = _problem(
    "formulas",
    Kind.INPUT,
    "文件 {file} 的工作表“{sheet}”含有公式；请粘贴为数值后再交",
    "Sheet “{sheet}” of {file} holds formulas; paste them as values",
)
HIDDEN_SHEET = _problem(
    "hidden-sheet",
    Kind.INPUT,
    "文件 {file} 的隐藏工作表“{sheet}”中有数据；请删除，或在映射方案中用 sheets 指明要读取的工作表",
    "The hidden sheet “{sheet}” of {file} holds data; delete it, or name the sheets to read in a profile",
)
NO_SHEET = _problem(
    "no-sheet",
    Kind.INPUT,
    "文件 {file} 没有工作表“{sheet}”（有：{found}）",
    "The file {file} has no sheet “{sheet}” (it has: “{found}”)",
)
SHEETS_DIFFER = _problem(
    "sheets-differ",
    Kind.INPUT,
    "文件 {file} 的工作表“{first}”和“{second}”表头不同；请在映射方案中用 sheets 指明要读取的工作表",
    "Sheets “{first}” and “{second}” of {file} have different headers; name the sheets to read in a profile",
)
TRUNCATED_DBF = _problem(
    "truncated-dbf",
    Kind.INPUT,
    "DBF 文件 {file} 被截断：文件头说明应有 {told} 字节，实际 {found} 字节",
    "The DBF file {file} is cut off: its header says {told} bytes, it has {found}",
)
BROKEN_DBF = _problem(
    "broken-dbf", Kind.INPUT, "DBF 文件 {file} 已损坏（{reason}）", "The DBF file {file} is damaged ({reason})"
)
BAD_ENCODING = _problem(
    "bad-encoding",
    Kind.INPUT,
    "文件 {file} 既不是 UTF-8 也不是 GB18030（第 {line} 行附近有无法识别的字节）",
    "The file {file} is neither UTF-8 nor GB18030 (bytes near line {line} are neither)",
)
BROKEN_ROWS = _problem(
    "broken-rows",
    Kind.INPUT,
    "文件 {file} 的行无法分开：引号不成对，或有一行过长",
    "The rows of {file} cannot be told apart: a quotation mark has no partner, or a row is far too long",
)
TOO_RAGGED = _problem(
    "too-ragged",
    Kind.INPUT,
    "文件 {file} 有 {most} 行以上的列数与表头不同：请检查表头和分隔符",
    "More than {most} rows of {file} have another number of columns than its header: check header and delimiter",
)
GARBLED = _problem(
    "garbled",
    Kind.INPUT,
    "文件 {file} 的表头是乱码，曾以错误的编码保存",
    "The header of {file} is garbled: it was saved in a wrong encoding",
)
DUPLICATE_HEADER = _problem(
    "duplicate-header", Kind.INPUT, "文件 {file} 的列名“{column}”出现了两次", "Column “{column}” stands twice in {file}"
)
AMBIGUOUS_HEADER = _problem(
    "ambiguous-header",
    Kind.INPUT,
    "文件 {file} 的列“{first}”和“{second}”是同一项内容",
    "Columns “{first}” and “{second}” of {file} mean the same",
)
MISSING_COLUMN = _problem(
    "missing-column",
    Kind.INPUT,
    "文件 {file} 缺少列：{columns}。表头须在第一行，现在的第一行是：{found}",
    "The file {file} lacks these columns: {columns}. The header must be its first row, which is: {found}",
)
BAD_PROFILE = _problem(
    "bad-profile", Kind.INPUT, "列映射方案 {file} 无法使用：{reason}", "The profile {file} cannot be used: {reason}"
)
NO_PROFILE = _problem(
    "no-profile",
    Kind.INPUT,
    "没有名为 {name} 的列映射方案（已保存：{names}）",
    "There is no profile {name} (saved: “{names}”)",
)
BAD_PROFILE_NAME = _problem(
    "bad-profile-name",
    Kind.INPUT,
    "方案名称只能由汉字、字母、数字、点、横线组成，最多 64 个字",
    "A profile's name consists of letters, digits, dots and dashes, at most 64",
)
MOSTLY_BAD = _problem(
    "mostly-bad",
    Kind.INPUT,
    "{rows} 行中有 {bad} 行有问题，超过允许的比例，整批退回；最多的问题：{worst}。逐行明细：{quarantine}",
    "{bad} of {rows} rows have problems, more than allowed: the whole batch is refused. Most often: {worst}. "
    "Every bad row stands in {quarantine}",
)
NOTHING_NEW = _problem(
    "nothing-new",
    Kind.INPUT,
    "文件 {file} 没有一行可以接收",
    "Not one row of {file} can be accepted",
)
SUSPECT = _problem(
    "suspect",
    Kind.REFUSED,
    "文件 {file} 整体可疑：{what}。核实无误后可加 --looked-at 接收",
    "The file {file} looks wrong as a whole: {what}. If it has been looked at and is right, add --looked-at",
)
FILE_CHANGED = _problem(
    "file-changed", Kind.INTEGRITY, "文件 {file} 在接收过程中被改动", "The file {file} changed while it was read"
)
OTHER_SITTING = _problem(
    "other-sitting",
    Kind.INPUT,
    "文件 {file} 已作为场次 {sitting} 的数据接收过",
    "The file {file} was already taken in for the sitting {sitting}",
)
LAST_YEARS_FILE = _problem(
    "last-years-file",
    Kind.INPUT,
    "文件 {file} 是上一场次的报名：{rows} 行中有 {same} 行的人与准考证号都与上一场次相同",
    "The file {file} is the one of the sitting before: {same} of {rows} rows have that sitting's person and ticket",
)
LAST_YEARS_MARKS = _problem(
    "last-years-marks",
    Kind.INPUT,
    "文件 {file} 是上一场次的成绩：{rows} 行中有 {same} 行与上一场次的成绩册相同",
    "The file {file} holds the marks of the sitting before: {same} of {rows} rows stand in that sitting's book",
)
OVERTAKEN = _problem(
    "overtaken",
    Kind.STATE,
    "另一批数据刚刚被接收，请重新执行",
    "Another batch was accepted meanwhile; run this again",
)
MANIFEST_UNREADABLE = _problem(
    "manifest-unreadable", Kind.INPUT, "清单无法读取：{reason}", "The manifest cannot be read: {reason}"
)
MANIFEST_UNTRUSTED = _problem(
    "manifest-untrusted",
    Kind.REFUSED,
    "清单的签名密钥未登记或签名不对",
    "The manifest's key is not enrolled, or its signature is wrong",
)
MANIFEST_MISMATCH = _problem(
    "manifest-mismatch",
    Kind.INTEGRITY,
    "文件与清单不符：{what}（清单 {expected}，文件 {found}）",
    "The file does not match its manifest: {what} (manifest {expected}, file {found})",
)
MANIFEST_SHARED = _problem(
    "manifest-shared",
    Kind.STATE,
    "清单 {manifest} 可能属于 {file}，也可能属于 {other}：改名为“文件全名.manifest.json”",
    "The manifest {manifest} may be of {file} or of {other}: call it by the file's full name, then .manifest.json",
)
BAD_CENTRE_KEY = _problem("bad-centre-key", Kind.INPUT, "不是 Ed25519 公钥", "This is not an Ed25519 public key")
CENTRE_RETIRED = _problem(
    "centre-retired",
    Kind.STATE,
    "该公钥已停用，不能再登记；请阅卷中心换一把密钥",
    "This key was retired and cannot be enrolled again: ask the marking centre for a new one",
)
UNKNOWN_CENTRE = _problem(
    "unknown-centre", Kind.INPUT, "没有登记过这把公钥，或已停用", "This key is not enrolled, or is retired already"
)

# --- files that staff bring in ---
UNKNOWN_UPLOAD = _problem("unknown-upload", Kind.INPUT, "没有编号为 {upload} 的文件", "There is no file {upload}")
UNKNOWN_BATCH = _problem("unknown-batch", Kind.INPUT, "没有批次 {batch}", "There is no batch {batch}")
UPLOAD_NAME = _problem("upload-name", Kind.INPUT, "文件名为空", "The file has no name")
UPLOAD_EMPTY = _problem("upload-empty", Kind.INPUT, "文件 {file} 是空的", "The file {file} is empty")
UPLOAD_TOO_LARGE = _problem(
    "upload-too-large",
    Kind.INPUT,
    "文件 {file} 有 {size} 字节，超过上传上限 {most}（设置 FANGBANG_INTAKE_UPLOAD）；更大的文件请用命令行接收",
    "The file {file} has {size} bytes, more than {most} (setting FANGBANG_INTAKE_UPLOAD); use the command line",
)
UPLOAD_QUOTA = _problem(
    "upload-quota",
    Kind.STATE,
    "待接收的文件合计将达 {size} 字节，超过 {most}（设置 FANGBANG_INTAKE_QUOTA）；请先接收或删除其他文件",
    "Files that wait would come to {size} bytes, more than {most} (setting FANGBANG_INTAKE_QUOTA)",
)
NO_ROOM = _problem(
    "no-room",
    Kind.UNAVAILABLE,
    "磁盘空间不足：需要 {size} 字节，可用 {free} 字节",
    "The disk is too full: {size} bytes are needed, {free} are free",
)
NOT_YOUR_UPLOAD = _problem(
    "not-your-upload",
    Kind.REFUSED,
    "这次上传由 {operator} 开始，须由其本人继续",
    "{operator} began this upload and alone can go on with it",
)
UPLOAD_STATE = _problem(
    "upload-state",
    Kind.STATE,
    "该文件现在的状态（{state}）不允许此操作",
    "This cannot be done with the file as it stands now ({state})",
)
PIECE_PLACE = _problem(
    "piece-place",
    Kind.STATE,
    "收到的部分从第 {offset} 字节开始，应从第 {received} 字节开始",
    "The piece begins at byte {offset}, but {received} bytes are here",
)
PIECE_SIZE = _problem(
    "piece-size",
    Kind.INPUT,
    "收到的部分有 {size} 字节，应为 {wanted} 字节",
    "The piece has {size} bytes instead of {wanted}",
)
PIECE_DAMAGED = _problem(
    "piece-damaged",
    Kind.INTEGRITY,
    "收到的部分与其 SHA-256 不符，请重传",
    "The piece does not match its SHA-256: send it again",
)
UPLOAD_UNFINISHED = _problem(
    "upload-unfinished",
    Kind.STATE,
    "文件还没有传完：{size} 字节中收到 {received} 字节",
    "The upload is not finished: {received} of {size} bytes are here",
)
UPLOAD_LOST = _problem(
    "upload-lost",
    Kind.INTEGRITY,
    "文件 {upload} 在办公目录中不见了或被改动，请删除后重传",
    "The bytes of {upload} are gone from the office's folder or were changed: remove it and bring it in again",
)
DROP_GONE = _problem(
    "drop-gone",
    Kind.STATE,
    "投放目录中没有文件 {file}，或它与列出时不同",
    "The drop folder has no file {file}, or it is not as it was listed",
)
NOT_TRIED = _problem(
    "not-tried",
    Kind.STATE,
    "须先试读，且试读结果为可以接收",
    "The file must be tried first, and the trial must find that it can be taken in",
)
NOT_LOOKED_AT = _problem("not-looked-at", Kind.STATE, "该文件还没有识别列", "The file's columns were not looked at yet")
NO_QUARANTINE = _problem("no-quarantine", Kind.STATE, "没有隔离文件", "There is no quarantine file")
REASON_MISSING = _problem("reason-missing", Kind.INPUT, "必须写明理由", "A reason is needed")
