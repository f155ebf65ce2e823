"""RSA keys from the files that settings name."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from cardtrail.payments.settings import ConfigFault, Settings

MIN_BITS = 2048


def private_key(settings: Settings, name: str) -> RSAPrivateKey:
    """The private key in a PEM file that nobody else can read. Raises `ConfigFault`."""
    content = settings.secret_file(name)
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        raise _unusable(name, "private key") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < MIN_BITS:
        raise _unusable(name, "private key")
    return key


def public_key(settings: Settings, name: str) -> RSAPublicKey:
    """The public key in a PEM file. Raises `ConfigFault`."""
    content = settings.public_file(name)
    try:
        key = load_pem_public_key(content)
    except ValueError:
        raise _unusable(name, "public key") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_BITS:
        raise _unusable(name, "public key")
    return key


def certificate(settings: Settings, name: str) -> tuple[str, RSAPublicKey]:
    """Serial number (hexadecimal, as WeChat Pay writes it) and key of the certificate in a PEM file."""
    content = settings.public_file(name)
    try:
        found = load_pem_x509_certificate(content)
    except ValueError:
        raise _unusable(name, "certificate") from None
    key = found.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_BITS:
        raise _unusable(name, "certificate")
    return f"{found.serial_number:X}", key


def _unusable(name: str, what: str) -> ConfigFault:
    return ConfigFault(f"the file that {name} names is not an RSA {what} of {MIN_BITS} bits or more, in PEM")
