"""The provinces of GB/T 2260: the first six-digit code of each, its Chinese and its English name.

An exam need not use them: an exam file may name its own regions.
"""

from dataclasses import dataclass

from fangbang.core.errors import FangbangError
from fangbang.exams.problems import UNKNOWN_PROVINCE


@dataclass(frozen=True)
class Province:
    """One province-level division."""

    code: str
    zh: str
    en: str


_TABLE = """
110000 北京市 Beijing
120000 天津市 Tianjin
130000 河北省 Hebei
140000 山西省 Shanxi
150000 内蒙古自治区 Inner Mongolia
210000 辽宁省 Liaoning
220000 吉林省 Jilin
230000 黑龙江省 Heilongjiang
310000 上海市 Shanghai
320000 江苏省 Jiangsu
330000 浙江省 Zhejiang
340000 安徽省 Anhui
350000 福建省 Fujian
360000 江西省 Jiangxi
370000 山东省 Shandong
410000 河南省 Henan
420000 湖北省 Hubei
430000 湖南省 Hunan
440000 广东省 Guangdong
450000 广西壮族自治区 Guangxi
460000 海南省 Hainan
500000 重庆市 Chongqing
510000 四川省 Sichuan
520000 贵州省 Guizhou
530000 云南省 Yunnan
540000 西藏自治区 Tibet
610000 陕西省 Shaanxi
620000 甘肃省 Gansu
630000 青海省 Qinghai
640000 宁夏回族自治区 Ningxia
650000 新疆维吾尔自治区 Xinjiang
660000 新疆生产建设兵团 Xinjiang Production and Construction Corps
710000 台湾省 Taiwan
810000 香港特别行政区 Hong Kong
820000 澳门特别行政区 Macao
"""

PROVINCES: dict[str, Province] = {
    code: Province(code, zh, en) for code, zh, en in (row.split(" ", 2) for row in _TABLE.strip().splitlines())
}

_ENDINGS = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "生产建设兵团", "自治区", "省", "市")


def _short(name: str) -> str:
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name.removesuffix(ending)
    return name


def _spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for province in PROVINCES.values():
        for spelling in (province.code, province.code[:2], province.zh, province.en):
            found[spelling] = province.code
    for province in PROVINCES.values():
        found.setdefault(_short(province.zh), province.code)
    found["兵团"] = "660000"
    return found


SPELLINGS: dict[str, str] = _spellings()
"""Every accepted spelling (code, two digits, full name, short name, English name) → the six-digit code."""


def province_code(text: str) -> str:
    """The six-digit code for any accepted spelling; raises UNKNOWN_PROVINCE."""
    code = SPELLINGS.get(text.strip())
    if code is None:
        raise FangbangError(UNKNOWN_PROVINCE, province=text)
    return code


def province_name(code: str, language: str) -> str:
    """The province's name, or the code itself for a region that the table does not know."""
    province = PROVINCES.get(code)
    if province is None:
        return code
    return province.en if language.startswith("en") else province.zh
