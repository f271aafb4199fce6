"""What opens an app out of a record: a launch context is kept, and its handle goes to the app in the URL that it is opened at.

https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

from ...auth.client import Client
from ...errors import Invalid
from ...store.authorization.launches import Launch
from ...store.authorization.store import AuthorizationStore


async def launchable(store: AuthorizationStore, id: str) -> Client:
    """The client with this id. Raises Invalid where it cannot be launched."""
    client = await store.clients.find(id)
    if client is None or client.disabled or client.launch_uri is None:
        raise Invalid("client_id is of no app that can be launched")
    return client


async def make_launch(store: AuthorizationStore, base: str, client: Client, launch: Launch) -> tuple[str, str]:
    """The handle, and the URL at which the app is to be opened with it; `base` is the FHIR base URL."""
    assert client.launch_uri is not None  # noqa: S101
    handle = await store.launches.create(launch)
    parts = urlsplit(client.launch_uri)
    query = urlencode({"iss": base, "launch": handle})
    return handle, urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, query)))))
