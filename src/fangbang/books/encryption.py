"""Parquet Modular Encryption with a master key in memory: each file gets data keys of its own, wrapped by it."""

import base64
import secrets
from datetime import timedelta
from typing import Any

import pyarrow.parquet.encryption as pe
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MASTER = "books"
_NONCE = 12


class _MemoryKms(pe.KmsClient):
    """Wraps data keys with AES-256-GCM under the one master key; what a KMS would do elsewhere."""

    def __init__(self, master: bytes) -> None:
        super().__init__()
        self._aead = AESGCM(master)

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> str:
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + self._aead.encrypt(nonce, key_bytes, master_key_identifier.encode())).decode()

    def unwrap_key(self, wrapped_key: str, master_key_identifier: str) -> bytes:  # type: ignore[override]  # stub
        wrapped = base64.b64decode(wrapped_key)
        try:
            return self._aead.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], master_key_identifier.encode())
        except InvalidTag as error:
            raise ValueError("a data key does not unwrap under this master key") from error


class Vault:
    """Makes the sealing and opening properties of files under one master key."""

    def __init__(self, master: bytes) -> None:
        self._factory = pe.CryptoFactory(lambda _config: _MemoryKms(master))
        self._connection = pe.KmsConnectionConfig()

    def sealing(self) -> Any:
        """Properties for one new file: every column and the footer encrypted, AES-256-GCM, fresh data keys."""
        configuration = pe.EncryptionConfiguration(  # type: ignore[call-arg]  # stub without uniform_encryption
            footer_key=_MASTER,
            uniform_encryption=True,
            encryption_algorithm="AES_GCM_V1",
            plaintext_footer=False,
            data_key_length_bits=256,
        )
        return self._factory.file_encryption_properties(self._connection, configuration)

    def opening(self) -> Any:
        """Properties that open any file sealed under the master key."""
        configuration = pe.DecryptionConfiguration(cache_lifetime=timedelta(minutes=10))
        return self._factory.file_decryption_properties(self._connection, configuration)
