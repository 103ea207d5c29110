"""A private key encrypted with a passphrase, in a form that others read: PKCS#8 PEM (RFC 5958) with PBES2 (RFC 8018),
scrypt (RFC 7914) and AES-256-CBC.

`cryptography` reads such files but writes its own with 2,048 rounds of PBKDF2 and offers no choice, so that whoever
copied a file could try hundreds of passphrases a second and core at least. scrypt as set here takes 16 MiB and about a
third of a second for each. `openssl pkey -in FILE` opens these files as well, which is why N is not larger (OpenSSL
refuses more than 32 MiB) and `p` makes up for it.
"""

import os
import textwrap
from base64 import b64encode

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ObjectIdentifier

SCRYPT_N, SCRYPT_R, SCRYPT_P = 1 << 14, 8, 5
"""OWASP's password storage cheat sheet names these together as equal to N = 2^17, p = 1."""
_SALT_BYTES, _IV_BYTES, _KEY_BYTES = 16, 16, 32
_PBES2 = ObjectIdentifier("1.2.840.113549.1.5.13")
_SCRYPT = ObjectIdentifier("1.3.6.1.4.1.11591.4.11")
_AES_256_CBC = ObjectIdentifier("2.16.840.1.101.3.4.1.42")


@asn1.sequence
class _ScryptParameters:
    salt: bytes
    n: int
    r: int
    p: int


@asn1.sequence
class _Kdf:
    algorithm: ObjectIdentifier
    parameters: _ScryptParameters


@asn1.sequence
class _Scheme:
    algorithm: ObjectIdentifier
    iv: bytes


@asn1.sequence
class _Pbes2Parameters:
    kdf: _Kdf
    scheme: _Scheme


@asn1.sequence
class _Algorithm:
    algorithm: ObjectIdentifier
    parameters: _Pbes2Parameters


@asn1.sequence
class _EncryptedPrivateKeyInfo:
    algorithm: _Algorithm
    data: bytes


def encrypted_pem(key: Ed25519PrivateKey | X25519PrivateKey, passphrase: str) -> bytes:
    """The key's file. Takes about a third of a second and 16 MiB."""
    salt, iv = os.urandom(_SALT_BYTES), os.urandom(_IV_BYTES)
    secret = Scrypt(salt=salt, length=_KEY_BYTES, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase.encode())
    kdf = _Kdf(algorithm=_SCRYPT, parameters=_ScryptParameters(salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P))
    scheme = _Scheme(algorithm=_AES_256_CBC, iv=iv)
    algorithm = _Algorithm(algorithm=_PBES2, parameters=_Pbes2Parameters(kdf=kdf, scheme=scheme))
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    info = _EncryptedPrivateKeyInfo(algorithm=algorithm, data=_encrypted(plain, secret, iv))
    return _pem(asn1.encode_der(info))


def _encrypted(plain: bytes, secret: bytes, iv: bytes) -> bytes:
    pad, cipher = PKCS7(AES256.block_size).padder(), Cipher(AES256(secret), CBC(iv)).encryptor()
    return cipher.update(pad.update(plain) + pad.finalize()) + cipher.finalize()


def _pem(der: bytes) -> bytes:
    lines = textwrap.wrap(b64encode(der).decode(), 64)
    return "\n".join(
        ["-----BEGIN ENCRYPTED PRIVATE KEY-----", *lines, "-----END ENCRYPTED PRIVATE KEY-----", ""]
    ).encode()
