"""What can go wrong in a simulation."""

from fangbang.core.errors import Kind, Problem

BAD_SOURCE = Problem(
    "simulate.bad-source",
    Kind.INPUT,
    zh="{file} 第 {row} 行不是“年份、科目、分数、人数”",
    en="Row {row} of {file} is not a year, a subject, a mark and a count",
)
UNUSABLE_SOURCE = Problem(
    "simulate.unusable-source",
    Kind.INPUT,
    zh="{file} 不能使用：{reason}",
    en="{file} cannot be used: {reason}",
)
TOO_MANY = Problem(
    "simulate.too-many",
    Kind.INPUT,
    zh="最多可模拟 {most} 名考生，要求的是 {asked}",
    en="At most {most} candidates can be simulated; {asked} were asked for",
)
TOO_FEW = Problem(
    "simulate.too-few",
    Kind.INPUT,
    zh="至少要模拟 {least} 名考生，要求的是 {asked}",
    en="At least {least} candidates are needed; {asked} were asked for",
)
FOLDER_IN_USE = Problem(
    "simulate.folder-in-use",
    Kind.STATE,
    zh="文件夹 {folder} 不是空的",
    en="The folder {folder} is not empty",
)
