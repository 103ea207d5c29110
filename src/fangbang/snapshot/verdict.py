"""The outcome of a verification: valid, not valid or cannot decide, with reasons from a closed list."""

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    VALID = "valid"
    NOT_VALID = "not-valid"
    CANNOT_DECIDE = "cannot-decide"

    @property
    def exit_code(self) -> int:
        """Exit code of `fangbang verify`: those of integrity and unavailable for the two bad ones."""
        return {"valid": 0, "not-valid": 6, "cannot-decide": 7}[self.value]


class Reason(StrEnum):
    """Why a folder is not simply valid. Missing evidence: cannot decide. Contradicting evidence: not valid."""

    NO_ANCHOR = "signer.no-anchor"
    """Nobody said whom to trust."""
    UNKNOWN_SIGNER = "signer.unknown"
    BAD_SIGNATURE = "signer.bad-signature"
    OTHER_HEADER = "header.other"
    """The header is not the one whose hash was given."""
    HEADER_MALFORMED = "header.malformed"
    FILE_MISSING = "file.missing"
    FILE_SIZE = "file.size"
    FILE_HASH = "file.hash"
    HASHES_HASH = "hashes.hash"
    BLOCK_HASH = "block.hash"
    BLOCK_PADDING = "block.padding"
    """Bytes after the last entry of a block are not zero."""
    ADDRESS_ORDER = "entry.order"
    MERKLE_ROOT = "merkle.root"
    PADDING = "entries.padding"
    """The number of entries is not one that the format pads to: it may tell something."""

    @property
    def verdict(self) -> Verdict:
        missing = (Reason.NO_ANCHOR, Reason.FILE_MISSING)
        return Verdict.CANNOT_DECIDE if self in missing else Verdict.NOT_VALID


REASON_TEXTS: dict[Reason, tuple[str, str]] = {
    Reason.NO_ANCHOR: ("没有给出信任锚，无法判断由谁签名", "no trust anchor was given: who signed cannot be decided"),
    Reason.UNKNOWN_SIGNER: ("签名者不在信任锚中", "the signer is not in the trust anchor"),
    Reason.BAD_SIGNATURE: ("签名不正确", "the signature is wrong"),
    Reason.OTHER_HEADER: ("快照头不是所给哈希的那一个", "the header is not the one whose hash was given"),
    Reason.HEADER_MALFORMED: ("快照头格式不对", "the header is malformed"),
    Reason.FILE_MISSING: ("缺少文件", "a file is missing"),
    Reason.FILE_SIZE: ("文件长度不符", "the file's size does not match"),
    Reason.FILE_HASH: ("文件哈希不符", "the file's hash does not match"),
    Reason.HASHES_HASH: ("块哈希表的哈希不符", "the hash of the block hashes does not match"),
    Reason.BLOCK_HASH: ("块哈希不符", "a block's hash does not match"),
    Reason.BLOCK_PADDING: ("块尾不是零", "the rest of a block is not zero"),
    Reason.ADDRESS_ORDER: ("条目未按地址严格递增", "entries are not in strictly ascending order"),
    Reason.MERKLE_ROOT: ("默克尔根不符", "the Merkle root does not match"),
    Reason.PADDING: ("条目总数没有按规定填充", "the number of entries is not a padded one"),
}


class Finding(msgspec.Struct, frozen=True):
    """One reason, in one file; `place` is the number of the first block or entry, or None."""

    reason: Reason
    file: str = ""
    place: int | None = None


class FolderReport(msgspec.Struct, frozen=True):
    """What verification found. The identifying fields are empty if the header cannot be read."""

    outcome: Verdict
    findings: tuple[Finding, ...]
    snapshot_id: str = ""
    sitting: str = ""
    header_sha256: str = ""
    merkle_root: str = ""
    signer: str = ""


def judge(findings: tuple[Finding, ...]) -> Verdict:
    """Contradiction beats missing evidence beats nothing found."""
    verdicts = {finding.reason.verdict for finding in findings}
    for verdict in (Verdict.NOT_VALID, Verdict.CANNOT_DECIDE):
        if verdict in verdicts:
            return verdict
    return Verdict.VALID
