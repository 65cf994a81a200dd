"""Certificate authorities of a test's own: for the edge's faces, and for an organisation's devices."""

import datetime
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


@frozen
class Pair:
    """A certificate and its key as PEM files."""

    certificate: Path
    key: Path


@frozen
class Authority:
    """A certificate authority; it writes into `folder`, its own certificate as `path`."""

    folder: Path
    name: str
    _key: ec.EllipticCurvePrivateKey = field(factory=lambda: ec.generate_private_key(ec.SECP256R1()), init=False)
    _count: Iterator[int] = field(factory=count, init=False)

    def __attrs_post_init__(self) -> None:
        name = _name(self.name)
        own = (
            _builder(name, name, self._key, DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.path.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    @property
    def path(self) -> Path:
        """The authority's certificate."""
        return self.folder / f"{self.name}.crt"

    def names_authority(self, name: str, folder: Path) -> "Authority":
        """An authority below this one, under any name that it likes; its `path` has its own certificate."""
        below = Authority(folder, name)
        signed = (
            _builder(_name(name), _name(self.name), below._key, DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        below.path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        return below

    def for_hosts(self, *hosts: str) -> Pair:
        """A server's certificate."""
        builder = self._issue(hosts[0]).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False
        )
        return self._write("server", builder, ExtendedKeyUsageOID.SERVER_AUTH)

    def for_device(self, device: str, organization: str, *, ended: bool = False) -> Pair:
        """A device's certificate, the organisation's key in its subject as `O`; `ended` yesterday where asked."""
        builder = self._issue(device, organization, validity=-DAY if ended else DAY)
        return self._write("device", builder, ExtendedKeyUsageOID.CLIENT_AUTH)

    def _issue(
        self, common_name: str, organization: str | None = None, validity: datetime.timedelta = DAY
    ) -> "_Unsigned":
        key = ec.generate_private_key(ec.SECP256R1())
        return _Unsigned(key, _builder(_name(common_name, organization), _name(self.name), key, validity))

    def _write(self, file: str, unsigned: "_Unsigned", usage: x509.ObjectIdentifier) -> Pair:
        builder = unsigned.builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        number = next(self._count)
        pair = Pair(self.folder / f"{file}-{number}.crt", self.folder / f"{file}-{number}.key")
        pair.certificate.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        pair.key.write_bytes(
            unsigned.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return pair


@frozen
class _Unsigned:
    key: ec.EllipticCurvePrivateKey
    builder: x509.CertificateBuilder

    def add_extension(self, extension: x509.ExtensionType, critical: bool) -> "_Unsigned":
        return _Unsigned(self.key, self.builder.add_extension(extension, critical=critical))


def _name(common_name: str, organization: str | None = None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization is not None:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, validity: datetime.timedelta
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 2 * DAY)
        .not_valid_after(now + validity)
    )
