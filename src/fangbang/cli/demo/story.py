"""What the demonstration says, in both languages."""

from collections.abc import Mapping
from typing import Any

from fangbang.exams.model import Text

BANNER = Text(
    "演示：考生均为合成，密钥与数据放在同一台机器上，不得用于正式放榜",
    "Demonstration: all candidates are synthetic; keys lie beside the data. Not for real results",
)

LINES: Mapping[str, Text] = {
    "start": Text(
        "放榜演示：先启动公开查询，再从阅卷中心的文件走完全程。数据目录 {home}",
        "Fangbang demonstration: the public query starts first, then the whole way from a marking centre's files. "
        "Data in {home}",
    ),
    "served": Text(
        "公开查询已经开放（{url}），而此时还没有任何数据",
        "The public query is up ({url}), and nothing is in it yet",
    ),
    "files": Text(
        "1/6 接收  {files} 个文件 {rows} 行，隔离 {quarantined} 行（掺入 {planted} 处错误，查出 {caught} 处），"
        "历史 {history} 人",
        "1/6 files      {files} files, {rows} rows, {quarantined} quarantined ({caught} of {planted} planted "
        "mistakes), {history} people with history",
    ),
    "calculators": Text(
        "2/6 判定  两套独立计算逐人比对 {compared} 人，不一致 {disagreements} 人",
        "2/6 decided    two independent calculators compared on {compared} people, {disagreements} disagreements",
    ),
    "approvals": Text(
        "3/6 批准  {approvers} 用各自的密钥签名；导入数据的人不能批准",
        "3/6 approved   by {approvers}, each with a key of their own; who brought the files in may not approve",
    ),
    "sealed": Text(
        "4/6 封存  {entries} 条密文，Merkle 根 {root}",
        "4/6 sealed     {entries} encrypted entries, Merkle root {root}",
    ),
    "before": Text(
        "5/6 到点前 搜公开侧 {megabytes} MB（磁盘、内存）：{canaries} 名考生的号码、姓名、成绩与密钥，找到 {found} 处",
        "5/6 before T   {megabytes} MB of the public side searched, disk and memory, for {canaries} candidates' "
        "numbers, names, marks, and for the keys: {found} found",
    ),
    "after": Text(
        "6/6 到点后 同样的搜索：查询过的 {asked} 名考生中找到 {found} 名",
        "6/6 after T    the same search: {found} of the {asked} candidates who asked are found",
    ),
    "unsearched": Text(
        "    （进程 {processes} 的内存不允许读取，未搜索；以 root 运行可搜索）",
        "    (the memory of process {processes} may not be read and was NOT searched; run as root to search it)",
    ),
    "address": Text("请打开  {url}", "Open     {url}"),
    "hour": Text(
        "首次打开页面 {after} 秒后放榜，最迟 {latest}。倒计时结束，页面自动变为“查询成绩”。",
        "Results appear {after} s after the page is first opened, at {latest} at the latest; it turns by itself.",
    ),
    "people": Text("六位可以试的考生：", "Six people to try:"),
    "person": Text("  {label}  {fields}", "  {label}  {fields}"),
    "prove": Text(
        "如何证明：./dev run verify snapshot {snapshot} --trust {trust}",
        "To prove it:  ./dev run verify snapshot {snapshot} --trust {trust}",
    ),
    "break": Text(
        "如何破坏： ./dev demo --tamper bit|header|early-key   （改一个比特、改快照头、提前索要密钥：看它如何拒绝）",
        "To break it:  ./dev demo --tamper bit|header|early-key   (a flipped bit, another header, the key early)",
    ),
    "audit": Text(
        "操作记录：FANGBANG_HOME={home} ./dev run audit show",
        "The audit:    FANGBANG_HOME={home} ./dev run audit show",
    ),
    "office": Text(
        "办公网页  {url}   九种身份可在登录页一键登录（仅限演示），密码都是“{password}”：",
        "Office   {url}   nine people, who sign in with one click (demonstration only); password of all: {password}",
    ),
    "member": Text(
        "  {id:<6} {name}  {role}{region}  TOTP {secret}", "  {id:<6} {name}  {role}{region}  TOTP {secret}"
    ),
    "codes": Text(
        "  验证码：登录页会给出；或在验证器应用中添加上面的密钥；或  FANGBANG_HOME={home} ./dev run demo code wang",
        "  Codes: the sign-in page shows them; or enter the secret in an authenticator app; or  "
        "FANGBANG_HOME={home} ./dev run demo code wang",
    ),
    "keys": Text(
        "  审批人的签名密钥（口令同上）：{files}",
        "  The approvers' signing keys (passphrase: the same): {files}",
    ),
    "second": Text(
        "亲手放榜：{name}（{sitting}）的文件在投放目录中；以 liu 登录，在“场次与文件”取入 {good}，此后按页面所示办理。",
        "By hand:  the files of {name} ({sitting}) wait in the drop folder. As liu, “Sittings and files”: take in "
        "{good}; each page says what comes next.",
    ),
    "practice": Text(
        "  练习：先取 {wrong}，看问题行怎样隔离；或先取 {red}，看检查怎样变红。放榜后可查：",
        "  To practise: take {wrong} first, and see bad rows kept out; or {red}, and see the gate red. Then look up:",
    ),
    "offices": Text("办公网页：{count} 人均已登录", "The office: all {count} people signed in"),
    "scheduled": Text("定时：{approvers} 签名，{t} 放榜", "Scheduled by {approvers}: {t}"),
    "published": Text("已放榜（{t}）。Ctrl-C 结束。", "Published ({t}). Ctrl-C ends the demonstration."),
    "checking": Text("查询 {asked} 名考生并与文件比对……", "Asking for {asked} candidates, comparing with the files …"),
    "checked": Text(
        "已查询 {queried} 名考生，与文件不符 {mismatches} 名",
        "{queried} candidates asked for, {mismatches} differ from the files",
    ),
    "tampering": Text("破坏：{what}", "Tampering: {what}"),
    "refused": Text("  {who}：拒绝（{how}）", "  {who}: refused ({how})"),
    "accepted": Text("  {who}：没有发现！（{how}）", "  {who}: NOT noticed! ({how})"),
}


def line(key: str, language: str, **params: Any) -> str:
    """One line of the story."""
    return LINES[key].get(language).format(**params)
