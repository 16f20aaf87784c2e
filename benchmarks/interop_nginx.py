"""A real gateway in front of the service: nginx with ``limit_req``, which sends no Retry-After.

A hundred requests a second, a burst of a tenth of a second, everything beyond answered at once
with 503; 32 in flight, and a limit that the client does not know.
"""

import asyncio
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from avepoint_async import AvePointClient, ClientSecret, Environment
from avepoint_async.testing import Fleet, Tokens
from benchmarks.report import Bound, Report
from benchmarks.server import Service, serving

RATE = 100
BURST = 10
IN_FLIGHT = 32
TENANTS = 60
REQUESTS = 6_000

CONFIGURATION = """
daemon off;
error_log stderr crit;
pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    limit_req_zone $binary_remote_addr zone=all:1m rate={rate}r/s;
    upstream service {{ server {upstream}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            limit_req zone=all burst={burst} nodelay;
            proxy_pass http://service;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
        location /connect/ {{ proxy_pass http://service; }}
    }}
}}
"""


@contextmanager
def gateway(service: Service, folder: Path) -> Generator[str]:
    """Start nginx in front of the service; gives its address."""
    port = _free_port()
    upstream = service.environment.graph_url.removeprefix("http://")
    settings = {"folder": folder, "port": port, "upstream": upstream, "rate": RATE, "burst": BURST}
    (folder / "nginx.conf").write_text(CONFIGURATION.format(**settings))
    command = ("nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr")
    with subprocess.Popen(command) as process:
        try:
            _until_it_listens(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return int(listening.getsockname()[1])


def _until_it_listens(port: int) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
        else:
            return


async def stream(service: Service, address: str) -> int:
    """Every page of the fleet through the gateway; gives the users."""
    environment = Environment(graph_url=address, token_url=f"{address}/connect/token")
    tokens = Tokens()
    credential = ClientSecret(client_id=tokens.client_id, client_secret=tokens.client_secret)
    users = 0
    async with (
        AvePointClient(credential, environment=environment, concurrency=IN_FLIGHT) as client,
        client.protected_users_across(service.tenants) as fleet,
    ):
        async for _, page in fleet.pages():
            users += len(page.items)
    return users


def main() -> None:
    """Measure how much of the gateway's limit is used, and how much it refuses."""
    report = Report.begin(__doc__)
    users = REQUESTS * 100
    fleet = Fleet.generate(1, 6, tenants=TENANTS, users=users, sizes="equal")
    with serving(fleet) as server, tempfile.TemporaryDirectory() as name:
        with gateway(server.service, Path(name)) as address:
            start = time.perf_counter()
            assert asyncio.run(stream(server.service, address)) == server.service.users
            seconds = time.perf_counter() - start
        log = (Path(name) / "access.log").read_text()
    refused = len(re.findall(r'HTTP/1.1" 503 ', log))
    pages = server.service.pages
    report.figure(
        "of the limit used", [pages / RATE / seconds], bound=Bound(0.85, 0.95, floor=True)
    )
    share = refused / (refused + pages) * 100
    report.figure("refused", [share], unit="%", bound=Bound(5, 2))
    report.end()


if __name__ == "__main__":
    main()
