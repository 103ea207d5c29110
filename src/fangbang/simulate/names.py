"""Names for people who never lived: common surnames and given-name characters, rare characters, dotted names."""

import polars as pl

from fangbang.simulate.chance import below, uniform

SURNAMES = (
    *"王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟"
    "姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙陶黎史贺毛段郝顾龚邵覃武钱戴严莫孔向汤仇单解查区乐盖",
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "尉迟",
    "令狐",
)
GIVEN = tuple(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文辉力健世广志义兴良海山仁波宁贵福生龙元全胜学祥才"
    "发武新利清飞彬富顺信子安中茂进林有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚庆民友裕河哲江浩亮政谦亨奇固"
    "之轮翰朗伯宏言若鸣朋斌梁栋维启克伦翔旭鹏泽晨辰士以家致树炎德行时泰盛雄琛钧冠策腾楠榕风航弘嘉琪梦怡婷雪慧珊颖"
)
RARE = ("䶮", "㛃", "𠮷", "㭎", "㼆", "䥽", "䢺", "𬭚", "𬀩", "翀", "甪", "堃", "喆", "㙓")
"""Real characters of real names that much software loses: CJK extension A (䶮 㛃), extension B and later (𠮷 𬭚)."""
DOTTED_FIRST = ("阿依古丽", "买买提", "迪丽热巴", "古丽娜尔", "艾尔肯", "帕提曼", "扎西多吉", "其其格")
DOTTED_LAST = ("买买提", "吐尔逊", "艾合买提", "阿不都拉", "卡德尔", "依明", "玉素甫", "巴特尔")

CANARY_MARK = "龘"
"""Stands in the names of canaries only; no page, library or other name has it."""
CANARY_EVERY = 97
CANARY_PLACE = 41

RARE_SHARE = 0.004
DOTTED_SHARE = 0.008
_TWO_CHARACTERS = 0.82


def _pick(words: tuple[str, ...], index: pl.Expr) -> pl.Expr:
    return pl.lit(pl.Series(list(words))).gather(index)


def _chosen(words: tuple[str, ...], person: pl.Expr, seed: int, stream: str) -> pl.Expr:
    return _pick(words, below(person, seed, stream, len(words)))


def _common_first(words: tuple[str, ...], person: pl.Expr, seed: int, stream: str) -> pl.Expr:
    """Earlier words more often: the square of a uniform number, which resembles how surnames are spread."""
    draw = uniform(person, seed, stream)
    return _pick(words, (draw * draw * len(words)).cast(pl.UInt32))


def names(person: pl.Expr, seed: int) -> pl.Expr:
    """A name for each person index. One in `CANARY_EVERY` is a canary: found anywhere, it can only be this person."""
    kind = uniform(person, seed, "name.kind")
    surname = _common_first(SURNAMES, person, seed, "name.surname")
    first = _chosen(GIVEN, person, seed, "name.first")
    second = _chosen(GIVEN, person, seed, "name.second")
    length = uniform(person, seed, "name.length")
    usual = surname + first + pl.when(length < _TWO_CHARACTERS).then(second).otherwise(pl.lit(""))
    rare = surname + first + _chosen(RARE, person, seed, "name.rare")
    dotted = (
        _chosen(DOTTED_FIRST, person, seed, "name.dotted-first")
        + pl.lit("\u00b7")
        + _chosen(DOTTED_LAST, person, seed, "name.dotted-last")
    )
    canary = surname + pl.lit(CANARY_MARK) + second
    return (
        pl.when(person % CANARY_EVERY == CANARY_PLACE)
        .then(canary)
        .when(kind < RARE_SHARE)
        .then(rare)
        .when(kind < RARE_SHARE + DOTTED_SHARE)
        .then(dotted)
        .otherwise(usual)
    )
