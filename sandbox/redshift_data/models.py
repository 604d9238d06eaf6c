"""The Data API of one account in one Region: statements, their tokens, and sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from moto.redshiftdata.models import RedshiftDataAPIServiceBackend as MotoBackend

from sandbox.identity import Caller
from sandbox.redshift_data import logins, owners, sessions, targets
from sandbox.redshift_data.exceptions import (
    ActiveSessionsExceeded,
    ActiveStatementsExceeded,
    ResourceNotFoundException,
    ValidationException,
)
from sandbox.redshift_data.logins import Place
from sandbox.redshift_data.parts import FINISHED, Part
from sandbox.redshift_data.quotas import quotas
from sandbox.redshift_data.requests import TRANSACTION, Request
from sandbox.redshift_data.sessions import DataSession
from sandbox.redshift_data.statements import Statement
from sandbox.transitions import LOCK, now, scheduler

NO_RESULT = "Query does not have result. Please check query status with DescribeStatement."
Token = tuple[str, str]
"""Whose a token is, and its text."""


class RedshiftDataBackend(MotoBackend):
    """The statements and sessions by id; all are gone 24 hours later."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.runs: dict[str, Statement] = {}
        self.tokens: dict[Token, Statement] = {}
        self.sessions: dict[str, DataSession] = {}
        self._swept_at = now()

    def reset(self) -> None:
        """Forget everything."""
        self.discard()
        super().reset()

    def discard(self) -> None:
        """End the statements that are under way, wait until they have, and close the sessions."""
        with LOCK:
            active = [statement for statement in self.runs.values() if not statement.final]
            for statement in active:
                statement.cancel()
        scheduler.forget([statement.process for statement in active if statement.process is not None])
        for statement in active:
            statement.ended.set()
        for session in self.sessions.values():
            if session.status != sessions.CLOSED:
                session.close()

    def sweep(self) -> None:
        """Let go of what has become too old, as soon as a second has passed since the last look."""
        if abs(now() - self._swept_at) < timedelta(seconds=1):
            return
        self._swept_at = now()
        for statement in list(self.runs.values()):
            if statement.final and _is_old(statement.updated_at):
                del self.runs[statement.statement_id]
            elif not statement.final and now() - statement.created_at > timedelta(seconds=quotas.run_time):
                statement.cancel("Query exceeded the maximum run time of 24 hours")
        self.tokens = {token: first for token, first in self.tokens.items() if _is_known_by_token(first)}
        for session in list(self.sessions.values()):
            session.expire()
            if session.status == sessions.CLOSED and _is_old(session.updated_at):
                del self.sessions[session.session_id]

    # statements

    def submit(self, request: Request) -> Statement:
        """Take a request, or return what was made of it when it was first sent with its token.

        Raises Refused for what the service does not take.
        """
        token = (owners.owner(request.caller), request.token or "")
        first = self.tokens.get(token)
        if first is not None and _is_known_by_token(first):
            if first.request != request:
                raise ValidationException("The ClientToken was used before with other parameters.")
            return first
        if sum(not statement.final for statement in self.runs.values()) >= quotas.active_statements:
            raise ActiveStatementsExceeded(quotas.active_statements)
        statement = self._made(request)
        self.runs[statement.statement_id] = statement
        if request.token:
            self.tokens[token] = statement
        if statement.session is not None:
            statement.session.take(statement.statement_id, request.keep_alive)
        statement.start()
        return statement

    def _made(self, request: Request) -> Statement:
        if request.session is not None:
            session = self._free_session(request.session, request.caller)
            return Statement(request, session.place, self.account_id, session)
        target = targets.find(self.account_id, self.region_name, request.cluster, request.workgroup)
        place = logins.place(target, request)
        if request.keep_alive is None:
            return Statement(request, place, self.account_id)
        new = self._new_session(place, request.caller, request.keep_alive)
        return Statement(request, place, self.account_id, new)

    def statement(self, part_id: str, caller: Caller) -> Statement:
        """Return a statement by its id or that of one of its parts.

        ResourceNotFoundException for one that is not there, no longer there, or another's.
        """
        statement = self.runs.get(part_id.partition(":")[0])
        known = {statement.statement_id, *(part.part_id for part in statement.parts)} if statement else set()
        if statement is None or part_id not in known or statement.owner != owners.owner(caller):
            raise ResourceNotFoundException("Query does not exist.")
        return statement

    def cancel_statement(self, statement_id: str, caller: Caller) -> None:  # type: ignore[override]
        """End a statement; ValidationException for one that has ended."""
        statement = self.statement(statement_id, caller)
        if statement.final:
            raise ValidationException(
                f"Could not cancel a query that is already in {statement.status} state with ID: {statement_id}"
            )
        statement.cancel()

    def result(self, part_id: str, caller: Caller, result_format: str) -> Part:
        """Return the part of a statement whose result is wanted in a format.

        Raises ResourceNotFoundException where it has none, ValidationException for the id of a batch.
        """
        statement = self.statement(part_id, caller)
        part = next((one for one in statement.parts if one.part_id == part_id), None)
        if part is None:
            raise ValidationException(
                "BatchExecuteStatement result can only be retrieved with sub-statement id."
            )
        undone = statement.status != FINISHED and statement.request.mode == TRANSACTION
        if not statement.final or undone or part.status != FINISHED or not part.has_rows:
            raise ResourceNotFoundException(NO_RESULT)
        if statement.request.result_format != result_format:
            raise ValidationException(
                f"The result of the query is in {statement.request.result_format} format, not in {result_format}."
            )
        return part

    def listed_statements(self, asked: Mapping[str, Any], caller: Caller) -> list[dict[str, Any]]:
        """List the caller's statements, the newest first, as ListStatements describes them."""
        wanted = asked.get("Status") or FINISHED
        found = [
            statement
            for statement in self._own(self.runs.values(), asked, caller)
            if wanted in {"ALL", statement.status}
            and (statement.request.name or "").startswith(asked.get("StatementName") or "")
        ]
        return [statement.listed() for statement in reversed(found)]

    def _own(
        self, found: Iterable[Statement], asked: Mapping[str, Any], caller: Caller
    ) -> Iterable[Statement]:
        """Yield those of the caller's role, or of the very session, on the place asked for."""
        _check_place(asked)
        for statement in found:
            of_role = asked.get("RoleLevel", True) and statement.owner == owners.owner(caller)
            if (of_role or statement.request.caller == caller) and _fits(asked, statement.place):
                yield statement

    # sessions

    def _new_session(self, place: Place, caller: Caller, keep_alive: int) -> DataSession:
        is_open = sum(session.status != sessions.CLOSED for session in self.sessions.values())
        if is_open >= quotas.active_sessions:
            raise ActiveSessionsExceeded(quotas.active_sessions)
        session = DataSession(place, caller, keep_alive)
        self.sessions[session.session_id] = session
        return session

    def _free_session(self, session_id: str, caller: Caller) -> DataSession:
        session = self.session(session_id, caller)
        if session.status == sessions.CLOSED:
            raise ValidationException(f"Session {session_id} is closed.")
        if session.status == sessions.BUSY:
            raise ValidationException(f"Session {session_id} is busy with another query.")
        return session

    def session(self, session_id: str, caller: Caller) -> DataSession:
        """Return a session; ResourceNotFoundException for one that is not there or another's."""
        session = self.sessions.get(session_id)
        if session is None or session.owner != owners.owner(caller):
            raise ResourceNotFoundException("Session does not exist.")
        return session

    def listed_sessions(self, asked: Mapping[str, Any], caller: Caller) -> list[dict[str, Any]]:
        """List the caller's sessions, the newest first, as ListSessions describes them."""
        if asked.get("SessionId"):
            return [self.session(asked["SessionId"], caller).described()]
        _check_place(asked)
        wanted = {asked["Status"]} if asked.get("Status") else {sessions.AVAILABLE, sessions.BUSY}
        found = [
            session.described()
            for session in self.sessions.values()
            if session.status in wanted
            and session.owner == owners.owner(caller)
            and (asked.get("RoleLevel", True) or session.caller == caller)
            and _fits(asked, session.place)
        ]
        return found[::-1]


def _is_old(moment: datetime) -> bool:
    return now() - moment > timedelta(seconds=quotas.retention)


def _is_known_by_token(statement: Statement) -> bool:
    return now() - statement.created_at <= timedelta(seconds=quotas.token_life)


def _check_place(asked: Mapping[str, Any]) -> None:
    if asked.get("ClusterIdentifier") and asked.get("WorkgroupName"):
        raise ValidationException("ClusterIdentifier and WorkgroupName cannot be specified together.")


def _fits(asked: Mapping[str, Any], place: Place) -> bool:
    """Tell whether something runs where a list is asked for."""
    name = asked.get("ClusterIdentifier") or asked.get("WorkgroupName")
    named = {None, place.target.name, place.target.arn}
    return name in named and asked.get("Database") in {None, place.database}
