"""The SMART JavaScript client (npm fhirclient) in a headless Chromium: standalone and EHR launch, reads, refresh.

The sample app of the demo is used the same way, with less than it asks for, and when its access has ended. On the way axe looks
at every page, light and dark, wide and narrow, for what keeps people out.

What it needs of npm is fetched into a temporary folder, in pinned versions; without Chromium, npm or its registry it is skipped.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from omop_fhir.auth.client import new_client
from omop_fhir.store.authorization.launches import Launch
from omop_fhir.web.sample import CLIENT

from .conftest import PASSWORD, SCOPE, Smart
from .test_attacks import elsewhere

SOURCE = Path(__file__).parent / "javascript"
PACKAGES = {
    "axe-core@4.14.1": "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    "fhirclient@2.6.3": "sha512-CirZixcwWelbkIXxpxlNQx5+ZdJirl6F1s4y4yvA1X7hHAkr9n99aVHaMi0wX+97nATjKQ65X6NB5as/wZoJzg==",
    "playwright-core@1.65.1": "sha512-hqPpz7blSMPxWVdoeE1yiBSzXsKiVOd2k+kjCvmUywD2GPO2Dd9HfcWnq9NN0GHbNZDFgZ9JfBFr+X5/BLo0qw==",
}
"""With their integrity as npm states it."""


def program(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"there is no {' or '.join(names)} on this machine")
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app and its libraries."""
    npm, made = program("npm"), tmp_path_factory.mktemp("app")
    shutil.copytree(SOURCE, made, dirs_exist_ok=True)
    for package, integrity in PACKAGES.items():
        packed = subprocess.run([npm, "pack", package], cwd=made, capture_output=True, text=True, timeout=60, check=False)
        if packed.returncode:
            pytest.skip(f"npm does not give {package}: {packed.stderr.strip().splitlines()[-1:]}")
        archive = made / packed.stdout.split()[-1]
        assert f"sha512-{base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()}" == integrity
        with tarfile.open(archive) as opened:
            opened.extractall(made / "unpacked", filter="data")
        (made / "unpacked" / "package").rename(made / package.partition("@")[0])
    (made / "node_modules").mkdir()
    (made / "playwright-core").rename(made / "node_modules" / "playwright-core")
    shutil.copy(made / "fhirclient" / "build" / "fhir-client.min.js", made / "fhir-client.js")
    return made


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site(folder: Path, smart: Smart) -> Iterator[str]:
    """The app, served from another origin than the server, and registered."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = new_client("javascript", "JavaScript app", "public", SCOPE, [f"{url}/index.html"], launch_uri=f"{url}/launch.html")
    smart.keep(lambda store: store.clients.register(client))
    own = new_client(CLIENT, "Sample app", "public", SCOPE, [f"{smart.root}/app/"], launch_uri=f"{smart.root}/app/launch")
    smart.keep(lambda store: store.clients.register(own))
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_launches_reads_and_refreshes(folder: Path, site: str, smart: Smart) -> None:
    chromium = program("chromium", "chromium-browser", "google-chrome")
    emergency = Launch("javascript", None, elsewhere(smart))
    handle = smart.keep(lambda store: store.launches.create(emergency))
    command = [program("node"), "drive.mjs", chromium, smart.root, site, "doctor", PASSWORD, "3", "nurse", handle]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    alone, launched, sample, wrong = map(json.loads, ended.stdout.splitlines())
    for result in (alone, launched):
        assert (result["patient"], result["user"], result["other"], result["refreshed"]) == ("3", "Practitioner/1", 404, True)
        assert set(result["procedures"]) == {"Patient/3"}
    assert (alone["encounter"], alone["banner"]) == (None, True)
    assert alone["scope"].split()[0:3] == ["launch/patient", "openid", "fhirUser"]
    assert launched["banner"] is False
    assert launched["encounter"] is not None
    assert sample == {"shown": "Patient 3", "rows": 3, "after": 401}
    assert wrong == [], "\n".join(wrong)


def test_the_sample_app_shows_what_is_granted_and_connects_again(folder: Path, site: str, smart: Smart) -> None:
    chromium = program("chromium", "chromium-browser", "google-chrome")
    command = [program("node"), "sample.mjs", chromium, smart.root, "doctor", PASSWORD, "3"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = json.loads(ended.stdout)
    visit = {"visit": "Date\n2015-12-30\nClass\nambulatory\nStatus\nfinished"}
    rows = {"rows": ["Physical examination", "Medication Reconciliation", "Echocardiography"]}
    latest, access = {"name": "Patient 3", "which": "Latest visit"}, {"buttons": ["Refresh", "Give access back"]}
    over = {"message": "The access has ended.", "rows": [], "buttons": ["Connect"]}
    assert told["nobody"] == latest | rows | access | {
        "patient-note": "Not shown: patient/Patient.rs was not granted to this app.",
        "visit-note": "Not shown: patient/Encounter.rs was not granted to this app.",
    }
    assert told["nothing"] == latest | visit | {
        "rows": [],
        "procedures-note": "Not shown: patient/Procedure.rs was not granted to this app.",
        "buttons": ["Give access back"],
    }
    assert told["all"] == told["refreshed"] == latest | visit | rows | access
    assert told["ended"] == told["takenBack"] == over
    launched = {"name": "Patient 3", "which": "Visit 96, open in the record", "rows": ["SNOMED CT 40701008"]}
    assert told["launched"] == launched | visit | access
    assert told["back"] == told["launched"] | {
        "message": "This answer belongs to no request of this window.",
        "buttons": ["Connect", "Refresh", "Give access back"],
    }
