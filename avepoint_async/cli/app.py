"""The commands put together, and one run of them from arguments to exit status."""

from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Annotated, cast

import typer

from avepoint_async.cli.changes import diff, gaps
from avepoint_async.cli.console import PROGRAM, LogFormat, logs_shown, prepare, show_more
from avepoint_async.cli.coverage import coverage
from avepoint_async.cli.customers import customers
from avepoint_async.cli.doctor import doctor
from avepoint_async.cli.emulator import PASSED_ON, demo, emulate
from avepoint_async.cli.exits import DONE, WRONG_USE, Job, guard
from avepoint_async.cli.history import export, history, report, verify
from avepoint_async.cli.jobs import jobs
from avepoint_async.cli.options import LogFormatOption, Verbose, expanded
from avepoint_async.cli.seats import seats
from avepoint_async.cli.snapshot import snapshot
from avepoint_async.cli.users import fleet, users

_EPILOG = """
Settings come from environment variables:

- **AVEPOINT_CLIENT_ID**: id of the app registration

- **AVEPOINT_CLIENT_SECRET**: its secret, or **AVEPOINT_CLIENT_SECRET_FILE**: a file that holds it,
  or

- **AVEPOINT_CLIENT_CERTIFICATE_PATH**: a PFX or PEM file with its certificate, opened with
  **AVEPOINT_CLIENT_CERTIFICATE_PASSWORD** if it has one

- **AVEPOINT_ENVIRONMENT**: commercial (the default), us-gov, aos2 or fedramp; or, for another
  service such as the emulator,

- **AVEPOINT_GRAPH_URL**, **AVEPOINT_TOKEN_URL**: its two addresses

- **HTTPS_PROXY**, **NO_PROXY**, **SSL_CERT_FILE**: the way there, where one is needed

Exit status: 0 done and whole; 1 it could not be done; 2 a wrong setting or argument; 3 done, but
not whole: tenants failed or fell short; 75 a snapshot is not sealed, run it again; 130 after
Ctrl-C, 143 after SIGTERM.
"""

_app = typer.Typer(
    name=PROGRAM,
    epilog=_EPILOG,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_WITHOUT_ACCOUNT = "Without an account"
_PANELS: dict[str, tuple[Callable[..., Job], ...]] = {
    "Ask the service": (doctor, customers, coverage, users, fleet, jobs, seats),
    "Keep the answers": (snapshot, history, diff, report, gaps, export, verify),
    _WITHOUT_ACCOUNT: (demo,),
}
for _panel, _commands in _PANELS.items():
    for _command in _commands:
        _app.command(rich_help_panel=_panel)(expanded(_command))
_app.command(rich_help_panel=_WITHOUT_ACCOUNT, context_settings=PASSED_ON)(emulate)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  # typer's way to call it
    if wanted:
        typer.echo(f"{PROGRAM} {metadata.version(PROGRAM)}")
        raise typer.Exit


@_app.callback()
def program(
    *,
    verbose: Verbose = 0,
    log_format: LogFormatOption = LogFormat.TEXT,
    version: Annotated[  # noqa: ARG001  # its callback has answered it
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Which users of which customers does AvePoint Cloud Backup for Microsoft 365 protect?"""
    show_more(verbose, log_format)


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit status."""
    prepare()
    with logs_shown():
        return guard(lambda: _execute(arguments))


def _execute(arguments: Sequence[str]) -> int:
    command = typer.main.get_command(_app)
    # Parsed here and done below, outside of typer, which has its own ideas of Ctrl-C and pipes.
    job = command.main(arguments or ["--help"], prog_name=PROGRAM, standalone_mode=False)
    if callable(job):
        return cast("Job", job)()
    return DONE if arguments else WRONG_USE
