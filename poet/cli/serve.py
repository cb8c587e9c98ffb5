"""poet serve: a page for the browser, and the same for programs."""

from __future__ import annotations

import os

import click

from poet.cli.options import examples
from poet.cli.streams import echo
from poet.errors import UsageError

HOST, PORT = "127.0.0.1", 8600


@click.command(
    epilog=examples(
        "poet serve --open",
        "poet serve --port 0 -m tang",
        "poet serve --host 0.0.0.0 --domain poems.example.org",
    )
)
@click.option(
    "--host",
    default=HOST,
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen at; the default is reached from this computer alone, 0.0.0.0 from "
    "everywhere.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    metavar="N",
    help="Port to listen at; 0: any that is free.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    metavar="NAME|FOLDER",
    help="Model that visitors may choose; may be given several times. [default: tang and english]",
)
@click.option(
    "--domain",
    "domains",
    multiple=True,
    metavar="NAME",
    help="Name by which visitors reach the server, as behind a proxy; may be given several times.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar="N",
    help="Poems that are written at the same time; each uses several processors already.",
)
@click.option(
    "--queue",
    type=click.IntRange(0, 10_000),
    default=64,
    show_default=True,
    metavar="N",
    help="Requests that may wait; one more is asked to come back later.",
)
@click.option(
    "--time-limit",
    "seconds",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Time that one request may take once its turn has come.",
)
def serve(
    host: str,
    port: int,
    opens: bool,
    models: tuple[str, ...],
    domains: tuple[str, ...],
    workers: int,
    queue: int,
    seconds: float,
) -> None:
    """Serve a page that writes and scans poems, and the same for programs (/openapi.json).

    It prints its address on stdout and runs until Ctrl-C. Nothing that visitors write is stored
    or sent on. It needs starlette and uvicorn: pip install 'poet[web]'.
    """
    # As in poet write: threads of BLAS would compete with those that write
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"poet serve needs {error.name}, which is not installed", "pip install 'poet[web]'"
        ) from None
    from poet.web.app import create_app
    from poet.web.limits import Limits
    from poet.web.server import address, is_local, listen
    from poet.web.server import serve as run

    limits = Limits(queue=queue, workers=workers, seconds=seconds)
    app = create_app(models, limits, domains=domains)
    listener = listen(host, port)

    def started() -> None:
        echo(address(listener))
        if opens:
            click.launch(address(listener))

    if not is_local(listener):
        echo(
            "anyone who reaches this computer can use the page; it has no passwords and no "
            "encryption (docs/web.md says how to put a proxy before it)",
            err=True,
        )
    run(app, listener, started)
