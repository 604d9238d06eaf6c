"""What botocore works out anew for each session and client, kept for all: it depends on nothing that they do."""

from __future__ import annotations

import gc
import importlib
import ssl
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any
from weakref import WeakKeyDictionary

from botocore import hooks
from botocore.client import ClientCreator

SERVICES = (
    "sts",
    "rds",
    "kms",
    "s3",
    "sns",
    "sqs",
    "secretsmanager",
    "opensearch",
    "dms",
    "macie2",
    "athena",
    "redshift",
    "redshift-data",
    "redshift-serverless",
)


@cache
def warm_botocore() -> None:
    """Do here, once, what each task's process would do alike before its first call of AWS: they inherit it.

    That is to read the descriptions of AWS's services and to make methods of them, to read the authorities'
    certificates, and to import what templates and triggers need. It took most of the time of a short task's process.
    """
    import boto3
    import botocore.loaders
    import botocore.session

    supervisor = "airflow.sdk.execution_time.supervisor"
    for module in ("jinja2.ext", "aiobotocore.session", "aiohttp", supervisor):
        importlib.import_module(module)
    shared = botocore.loaders.Loader(include_default_search_paths=True)
    shared.search_paths.append(str(Path(boto3.__file__).parent / "data"))
    botocore.session.create_loader = lambda _search_path=None: shared
    _keep_methods()
    _keep_names_of_events()
    _keep_certificates()
    for service in SERVICES:
        boto3.client(service, "us-west-2", aws_access_key_id="none", aws_secret_access_key="none")
    # All this stays: neither this process nor those that it forks need to look through it for garbage.
    gc.collect()
    gc.freeze()


def _keep_methods() -> None:
    """Make the methods of a service's clients once."""
    make_methods = ClientCreator._create_methods
    made: dict[tuple[type, str], dict[str, Any]] = {}

    def methods(creator: ClientCreator, service: Any) -> dict[str, Any]:
        key = (type(creator), service.service_name)
        if key not in made:
            made[key] = make_methods(creator, service)
        return dict(made[key])

    ClientCreator._create_methods = methods


def _keep_names_of_events() -> None:
    """Look up once what an event is called today, and once whether a function takes any arguments."""
    look_up, accepts = hooks.EventAliaser._alias_event_name, hooks.accepts_kwargs
    names: dict[str, str] = {}
    known: WeakKeyDictionary[FunctionType, Any] = WeakKeyDictionary()

    def alias(emitter: hooks.EventAliaser, name: str) -> str:
        if emitter._event_aliases != hooks.EVENT_ALIASES:
            return look_up(emitter, name)
        if name not in names:
            names[name] = look_up(emitter, name)
        return names[name]

    def accepts_kwargs(function: Callable[..., Any]) -> Any:
        plain = function.__func__ if isinstance(function, MethodType) else function
        if not isinstance(plain, FunctionType):
            return accepts(function)
        if plain not in known:
            known[plain] = accepts(function)
        return known[plain]

    hooks.EventAliaser._alias_event_name = alias
    hooks.accepts_kwargs = accepts_kwargs


def _keep_certificates() -> None:
    """Read a file of authorities' certificates once: those that everybody trusts are some hundred."""
    from aiobotocore.httpsession import AIOHTTPSession

    build = AIOHTTPSession._build_verify_context
    contexts: dict[bool | str, ssl.SSLContext] = {}

    def context(session: AIOHTTPSession) -> ssl.SSLContext:
        if session._cert_file:  # it is added to the context, which then is that session's own
            return build(session)
        if session._verify not in contexts:
            contexts[session._verify] = build(session)
        return contexts[session._verify]

    AIOHTTPSession._build_verify_context = context
