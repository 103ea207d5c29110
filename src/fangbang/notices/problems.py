"""What can go wrong on the way of a text to the public pages."""

from fangbang.core.errors import Kind, Problem

UNKNOWN_PROPOSAL = Problem(
    "notices.unknown", Kind.INPUT, zh="没有编号为 {proposal} 的公告提案", en="There is no proposal {proposal}"
)
NOT_WAITING = Problem(
    "notices.not-waiting", Kind.STATE, zh="提案 {proposal} 已有决定", en="Proposal {proposal} was decided already"
)
SECOND_PERSON = Problem(
    "notices.second-person",
    Kind.REFUSED,
    zh="提案须由另一人审批",
    en="A proposal is decided by somebody else than its author",
)
NOT_YOURS = Problem(
    "notices.not-yours",
    Kind.REFUSED,
    zh="只有撰写者可以收回自己的提案",
    en="Only its author takes a proposal back",
)
NOT_STANDING = Problem(
    "notices.not-standing",
    Kind.STATE,
    zh="公开页面上没有“{key}”，不能撤下",
    en="There is no {key} on the public pages: it cannot be taken down",
)
OTHERS_REGION = Problem(
    "notices.others-region",
    Kind.REFUSED,
    zh="“{key}”属于另一地区，不能由本地区改动",
    en="{key} belongs to another region: it cannot be changed from here",
)
BAD_CONTENT = Problem(
    "notices.bad-content",
    Kind.INPUT,
    zh="内容不合规：{reason}",
    en="The content cannot be used: {reason}",
)
PUBLIC_ALREADY = Problem(
    "notices.public-already",
    Kind.STATE,
    zh="公开页面上已是提案 {proposal} 的内容：请由另一人再签一次公布，不能收回或退回",
    en="The public pages already say what {proposal} proposes: let somebody else sign once more to finish it",
)
OTHER_BUNDLE = Problem(
    "notices.other-bundle",
    Kind.STATE,
    zh="公开页面的内容期间已变，请重新查看后再签；本次没有执行",
    en="The public texts changed meanwhile: look again before you sign; nothing was done",
)
