"""The types of identity document and what their numbers look like.

Sources: GB 11643-1999 (18-digit citizen number, check character by ISO 7064 MOD 11-2); 国办发〔2018〕81号 (residence
permits for Hong Kong, Macao and Taiwan residents use citizen numbers with region 81, 82, 83); the 2023 notice of
国家移民管理局 (the five-star card of foreign permanent residents has an 18-digit number that begins with 9; older cards
have three letters and twelve digits).
"""

from enum import StrEnum

WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
CHECK_CHARACTERS = "10X98765432"

REGIONS = frozenset(
    str(code)
    for block in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83), (91, 91))
    for code in range(block[0], block[1] + 1)
)
"""First two digits of citizen numbers in use. A number outside is only warned about: real ones have been seen."""


class DocumentType(StrEnum):
    """What a candidate showed at registration."""

    RESIDENT_ID = "resident-id"
    HK_MACAO_PERMIT = "hk-macao-permit"
    TAIWAN_PERMIT = "taiwan-permit"
    HMT_RESIDENCE = "hmt-residence"
    PASSPORT = "passport"
    FOREIGNER_RESIDENCE = "foreigner-residence"
    OTHER = "other"


TYPE_NAMES: dict[DocumentType, tuple[str, ...]] = {
    DocumentType.RESIDENT_ID: ("居民身份证", "身份证", "二代身份证", "第二代居民身份证", "中华人民共和国居民身份证"),
    DocumentType.HK_MACAO_PERMIT: ("港澳居民来往内地通行证", "港澳通行证", "回乡证"),
    DocumentType.TAIWAN_PERMIT: ("台湾居民来往大陆通行证", "台胞证"),
    DocumentType.HMT_RESIDENCE: ("港澳台居民居住证", "中华人民共和国港澳居民居住证", "中华人民共和国台湾居民居住证"),
    DocumentType.PASSPORT: ("护照", "外国护照", "外籍护照"),
    DocumentType.FOREIGNER_RESIDENCE: ("外国人永久居留身份证", "外国人永久居留证", "永久居留身份证"),
    DocumentType.OTHER: ("其他", "其他证件", "军官证", "士兵证"),
}
"""Names seen in registration files, the official one first."""

CITIZEN_TYPES = (DocumentType.RESIDENT_ID, DocumentType.HMT_RESIDENCE)
"""Types whose numbers are always 18-character citizen numbers."""

CITIZEN_FIRST = {DocumentType.RESIDENT_ID: r"[0-9]", DocumentType.HMT_RESIDENCE: r"8[123]"}
"""How such a number begins. A resident's region is only warned about (`REGIONS`)."""

FORMATS = {
    DocumentType.HK_MACAO_PERMIT: r"[HM]\d{8}(\d{2})?",
    DocumentType.TAIWAN_PERMIT: r"\d{8}|\d{10}[A-Z]?",
    DocumentType.PASSPORT: r"[A-Z]{0,3}\d[A-Z0-9]{3,15}",
    DocumentType.FOREIGNER_RESIDENCE: r"[A-Z]{3}\d{12}|9\d{16}[0-9X]",
    DocumentType.OTHER: r"[\p{Han}A-Z0-9()]{4,32}",
}
"""Formats of the others, for numbers that were folded (`core.fold.fold_number`); Rust regex syntax, whole match."""


def document_type(text: str) -> DocumentType | None:
    """The type a file means: our own identifier or a Chinese name; None when not known."""
    return _BY_NAME.get(text.strip())


_BY_NAME = {
    **{kind.value: kind for kind in DocumentType},
    **{name: kind for kind, names in TYPE_NAMES.items() for name in names},
}
