"""What can go wrong with a book."""

from fangbang.core.errors import Kind, Problem

BOOK_MISSING = Problem("books.missing", Kind.UNAVAILABLE, zh="找不到成绩册 {book}", en="Book {book} is missing")
BOOK_UNREADABLE = Problem(
    "books.unreadable",
    Kind.INTEGRITY,
    zh="成绩册 {book} 无法解密或已损坏",
    en="Book {book} cannot be decrypted or is damaged",
)
BOOK_NAME_MISMATCH = Problem(
    "books.name-mismatch",
    Kind.INTEGRITY,
    zh="成绩册 {book} 的内容与名称不符",
    en="The rows of book {book} do not give its name",
)
BAD_BOOK_NAME = Problem("books.bad-name", Kind.INPUT, zh="成绩册名称格式不对", en="This is not the name of a book")
BAD_KEYS = Problem(
    "books.bad-keys",
    Kind.INTEGRITY,
    zh="成绩册密钥文件无法使用",
    en="The key file of the books cannot be used",
)
