"""What can be wrong with a release."""

from fangbang.core.errors import Kind, Problem

BAD_DOCUMENT = Problem(
    "release.bad-document",
    Kind.INPUT,
    zh="{what}的格式不对",
    en="The {what} is malformed",
)
UNKNOWN_RELEASE = Problem(
    "release.unknown",
    Kind.INPUT,
    zh="没有编号为 {release} 的发布",
    en="There is no release {release}",
)
NOT_PUBLISHED = Problem(
    "release.not-published",
    Kind.STATE,
    zh="发布 {release} 的成绩尚未公布或已撤回，没有统计",
    en="The results of release {release} are not published, or no longer: there are no statistics",
)
WRONG_STATE = Problem(
    "release.wrong-state",
    Kind.STATE,
    zh="发布 {release} 当前状态为“{state}”，不能{verb_zh}",
    en="Release {release} is {state} and cannot be {verb_en}",
)
CHANGED_MEANWHILE = Problem(
    "release.changed-meanwhile",
    Kind.STATE,
    zh="发布 {release} 刚刚被他人改动，请重新查看后再操作",
    en="Release {release} was changed by someone else just now; look at it again",
)
ALREADY_OPEN = Problem(
    "release.already-open",
    Kind.STATE,
    zh="考试场次 {sitting} 在此范围内已有未封存的发布 {release}",
    en="Sitting {sitting} already has an unsealed release of this scope: {release}",
)
NOT_FROZEN = Problem(
    "release.not-frozen",
    Kind.STATE,
    zh="发布 {release} 还没有冻结的报告，或其数据已被改动：请重新冻结",
    en="Release {release} has no frozen report, or its inputs were edited: freeze it again",
)
WRONG_REPORT = Problem(
    "release.wrong-report",
    Kind.REFUSED,
    zh="签名的报告（{signed}）不是当前冻结的报告（{frozen}）",
    en="The signed report ({signed}) is not the frozen one ({frozen})",
)
GATE_RED = Problem(
    "release.gate-red",
    Kind.REFUSED,
    zh="检查未通过：{checks}。须改正，或由两名审批人说明理由后放行",
    en="Red checks: {checks}. Put them right, or two approvers override them with a reason",
)
UNKNOWN_CHECK = Problem(
    "release.unknown-check",
    Kind.INPUT,
    zh="报告中没有未通过的检查“{check}”",
    en="The report has no red check {check}",
)
PAGES_NOT_PROPOSED = Problem(
    "release.pages-not-proposed",
    Kind.REFUSED,
    zh="须先由另一人提出以这份内容替换现在的内容（fangbang pages propose），七天内有效；其间公布了别的，须重新提出",
    en="Somebody else proposes first that this bundle replace the one that stands (fangbang pages propose); within "
    "seven days, and anew once anything else was published",
)
REASON_MISSING = Problem(
    "release.reason-missing",
    Kind.INPUT,
    zh="必须写明理由",
    en="A reason is needed",
)
BAD_SWITCH = Problem(
    "release.bad-switch",
    Kind.INPUT,
    zh="开关的指令不合规：名称、对象、数值、截止时刻与说明（中英文都要）须相配",
    en="The order does not hold together: name, subject, value, end and notice (both languages) have to fit",
)
NOT_SWITCHED = Problem(
    "release.not-switched",
    Kind.STATE,
    zh="这个开关没有打开，不必关掉",
    en="This switch is not on: there is nothing to turn back",
)
PAST_SWITCH = Problem(
    "release.past-switch",
    Kind.INPUT,
    zh="截止时刻已过",
    en="The end of the switch is past",
)
NATIONAL_ONLY = Problem(
    "release.national-only",
    Kind.REFUSED,
    zh="开关作用于全国，只有国家中心的审批人可以签署",
    en="Switches act on the whole country: only approvers of the national centre sign them",
)
TOO_FEW_APPROVALS = Problem(
    "release.too-few-approvals",
    Kind.REFUSED,
    zh="需要 {needed} 名不同的审批人签名，现有 {given} 名",
    en="{needed} different approvers must sign; {given} did",
)
SAME_APPROVER = Problem(
    "release.same-approver",
    Kind.REFUSED,
    zh="{operator} 已经签过名：须由两名不同的审批人签名",
    en="{operator} has signed already: two different approvers are needed",
)
UNTRUSTED_KEY = Problem(
    "release.untrusted-key",
    Kind.REFUSED,
    zh="签名密钥 {key_id} 未登记、已停用，或不属于 {operator}",
    en="Signing key {key_id} is not enrolled, is retired, or is not {operator}'s",
)
NOT_AN_APPROVER = Problem(
    "release.not-an-approver",
    Kind.REFUSED,
    zh="{operator} 没有审批权限",
    en="{operator} is not an approver",
)
APPROVER_IS_IMPORTER = Problem(
    "release.approver-is-importer",
    Kind.REFUSED,
    zh="{operator} 导入过本场考试的数据，不能审批",
    en="{operator} imported data of this sitting and cannot approve it",
)
UNCONFIRMED = Problem(
    "release.unconfirmed",
    Kind.REFUSED,
    zh="尚未确认人数的省份：{provinces}。须由省级中心确认，或由两名审批人放行",
    en="Provinces that have not confirmed their counts: {provinces}. They confirm, or two approvers waive it",
)
DISPUTED = Problem(
    "release.disputed",
    Kind.REFUSED,
    zh="对人数有异议的省份：{provinces}。须查明改正，或由两名审批人放行",
    en="Provinces that say their counts are wrong: {provinces}. Put it right, or two approvers waive it",
)
NOT_ASKED = Problem(
    "release.not-asked",
    Kind.INPUT,
    zh="发布范围内没有省份 {province} 的考生",
    en="Province {province} has no candidates in the scope of the release",
)
BAD_SIGNATURE = Problem(
    "release.bad-signature",
    Kind.INTEGRITY,
    zh="{operator} 的签名与内容不符",
    en="The signature of {operator} does not match what was signed",
)
INPUTS_CHANGED = Problem(
    "release.inputs-changed",
    Kind.STATE,
    zh="发布 {release} 的数据在核对期间被改动（第 {seq} 条记录），请重新冻结",
    en="The inputs of release {release} were edited while they were checked (audit entry {seq}): freeze it again",
)
BAD_SCOPE = Problem(
    "release.bad-scope",
    Kind.INPUT,
    zh="发布范围不对：{what}",
    en="The scope of the release is wrong: {what}",
)
NO_BASE = Problem(
    "release.no-base",
    Kind.STATE,
    zh="补充发布须以一份已公布的发布为基础",
    en="An overlay needs a published release as its base",
)
PAST_HOUR = Problem(
    "release.past-hour",
    Kind.INPUT,
    zh="放榜时刻 {at} 已经过去",
    en="The hour {at} is in the past",
)
NOT_YOURS = Problem(
    "release.not-yours",
    Kind.REFUSED,
    zh="签名人是 {signer}，操作人却是 {actor}",
    en="The signature is {signer}'s, but {actor} is acting",
)
TOO_MANY_OVERLAYS = Problem(
    "release.too-many-overlays",
    Kind.STATE,
    zh="基础发布 {base} 已有 {count} 份补充发布，须重新作一份完整发布",
    en="Base {base} has {count} overlays already; make a new base",
)
OTHER_SEAL = Problem(
    "release.other-seal",
    Kind.INTEGRITY,
    zh="发布 {release} 已封存为另一份快照",
    en="Release {release} was sealed as another snapshot",
)
EARLY = Problem(
    "release.early",
    Kind.REFUSED,
    zh="放榜时刻 {at} 未到，不能记为已公布",
    en="The hour {at} has not come: the release cannot be entered as published",
)
NO_RUN = Problem(
    "release.no-run",
    Kind.STATE,
    zh="场次 {sitting} 还没有完成的判定：先运行 fangbang adjudicate run",
    en="Sitting {sitting} has no finished run yet: adjudicate it first",
)
NODES_MISSING = Problem(
    "release.nodes-missing",
    Kind.STATE,
    zh="{ready} 个查询进程持有该快照，需要 {needed} 个；未持有：{missing}",
    en="{ready} lookup workers hold the snapshot, {needed} are needed; without it: {missing}",
)
NODES_DIFFER = Problem(
    "release.nodes-differ",
    Kind.REFUSED,
    zh="查询进程之间不一致：{what}",
    en="The lookup workers differ in {what}",
)
NOT_ITS_PROVINCE = Problem(
    "release.not-its-province",
    Kind.REFUSED,
    zh="{levels} 由各省发布：发布范围须恰为一个省份（--province）",
    en="{levels} is released by each province: the scope has to be exactly one province (--province)",
)
