"""HOST:PORT as people type it."""

from dataclasses import dataclass

PORT_MAX = 65_535


@dataclass(frozen=True)
class Address:
    """A TCP address; `host` without brackets."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """`127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:0`. Raises ValueError with what is wrong."""
        host, colon, port = text.rpartition(":")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        elif ":" in host:
            raise ValueError(f"{text!r}: an IPv6 host stands in brackets, as in [::1]:8080")
        if not colon or not host or any(c.isspace() for c in host):
            raise ValueError(f"{text!r} is not HOST:PORT")
        if not port.isascii() or not port.isdigit() or int(port) > PORT_MAX:
            raise ValueError(f"{text!r}: a port is a number from 0 to {PORT_MAX}")
        return cls(host, int(port))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def reachable(self) -> "Address":
        """Where a client on this machine connects: a wildcard address becomes the loopback one."""
        loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
        return Address(loopback.get(self.host, self.host), self.port)
