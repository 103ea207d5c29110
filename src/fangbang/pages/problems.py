"""What can go wrong with the texts of the public pages."""

from fangbang.core.errors import Kind, Problem

BAD_BUNDLE = Problem(
    "pages.bad-bundle",
    Kind.INTEGRITY,
    zh="页面内容文件无法使用：{reason}",
    en="The page bundle cannot be used: {reason}",
)
BAD_SOURCE = Problem(
    "pages.bad-source",
    Kind.INPUT,
    zh="页面源文件 {file} 无法读取：{reason}",
    en="The page source {file} cannot be read: {reason}",
)
OLD_BUNDLE = Problem(
    "pages.old-bundle",
    Kind.INTEGRITY,
    zh="页面内容的序号 {counter} 低于要求的 {least}",
    en="The page bundle's counter {counter} is below {least}",
)
