"""The hosts that a database URL names, each as a URL of its own.

A connection URI in the form of libpq enters, with one host or several (`postgresql://reader@a:5432,b:5433/omop`, or
`?host=a,b&port=5432,5433`); a URI for each leaves, all else as it was. Which of several takes writes is found out by asking them,
so `target_session_attrs` is taken away from them. Rejected with ConfigurationError, without a word of the URL, which may hold a
password: what cannot be read.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS
"""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from ...errors import ConfigurationError


def split_hosts(url: str) -> tuple[str, ...]:
    """The URL of each host, in their order. Raises ConfigurationError."""
    parts = _parts(url)
    login, at, places = parts.netloc.rpartition("@")
    query = parse_qsl(parts.query, keep_blank_values=True)
    given = dict(query)
    names = given["host"].split(",") if "host" in given else places.split(",")
    if len(names) == 1:
        return (url,)
    ports = given["port"].split(",") if "port" in given else []
    if len(ports) not in (0, 1, len(names)):
        raise ConfigurationError("the database URL names as many ports as hosts, or one port for all")
    rest = [(name, value) for name, value in query if name not in ("host", "port", "target_session_attrs")]
    found = []
    for number, name in enumerate(names):
        port = ports[number % len(ports)] if ports else ""
        own = [("host", name)] * ("host" in given) + [("port", port)] * bool(port)
        place = places if "host" in given else name
        found.append(parts._replace(netloc=f"{login}{at}{place}", query=urlencode([*rest, *own])).geturl())
    return tuple(found)


def host_of(url: str) -> str:
    """Host and port of the URL of one host, for a log: nothing of who logs in."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query))
    name, port = given.get("host"), given.get("port")
    place = name if name is not None else parts.netloc.rpartition("@")[2]
    return f"{place}:{port}" if port else place or "the local socket"


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        for place in parts.netloc.rpartition("@")[2].split(","):
            _ = urlsplit(f"//{place}").port
    except ValueError:
        message = "the database URL cannot be read: percent-encode what is special in user and password"
        raise ConfigurationError(message) from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise ConfigurationError("the database URL must begin with postgresql://")
    return parts
