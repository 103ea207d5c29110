"""The score query as one writes it on FastAPI + PostgreSQL + Redis: pools, one SQL, one Redis round trip."""

import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated

import asyncpg  # type: ignore[import-untyped]
import redis.asyncio as redis
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, Field

from bench.peers import query as rules

FIND = """
SELECT c.name, c.document, c.ticket, c.province, c.city, c.level, c.category, c.specialty, c.outcome,
       c.statements, c.version, c.reason, s.subject, s.ticket AS subject_ticket, s.mark, s.code, s.line, s.status
FROM candidate c JOIN subject_result s ON s.candidate_id = c.id
WHERE c.sitting = $1 AND c.ticket = $2 AND c.identity = $3
ORDER BY s.position
"""


class Query(BaseModel):
    """What a candidate sends."""

    ticket: Annotated[str, Field(pattern=rules.TICKET_PATTERN)]
    document: Annotated[str, Field(pattern=rules.DOCUMENT_PATTERN)]
    token: Annotated[str, Field(max_length=64)]


class SubjectResult(BaseModel):
    """One line of a score sheet."""

    subject: str
    ticket: str
    mark: Decimal | None
    code: int | None
    line: Decimal | None
    status: str


class Record(BaseModel):
    """A candidate's result."""

    name: str
    document: str
    ticket: str
    province: str
    city: str
    level: str
    category: str
    specialty: str
    outcome: str
    subjects: list[SubjectResult]
    statements: list[list[str | int]]
    version: int
    reason: str


class Answer(BaseModel):
    """What a candidate gets."""

    state: str
    sitting: str
    published_at: str
    record: Record


async def codecs(connection: asyncpg.Connection) -> None:
    """Let PostgreSQL's jsonb come as Python values, as asyncpg's documentation shows."""
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the pools; close them at the end."""
    app.state.database = await asyncpg.create_pool(os.environ["BENCH_POSTGRES"], min_size=4, max_size=8, init=codecs)
    app.state.redis = redis.Redis(unix_socket_path=os.environ["BENCH_REDIS"])
    yield
    await app.state.redis.aclose()
    await app.state.database.close()


app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None)


async def admit(store: redis.Redis, serial: str, address: str, document: str, now: int) -> None:
    """Spend the challenge, count against the limits and record the access, in one round trip."""
    window = now // rules.WINDOW_SECONDS
    prefix = f"limit:prefix:{rules.address_prefix(address)}:{window}"
    identity = f"limit:identity:{rules.content_hash(document)}:{window}"
    async with store.pipeline(transaction=False) as pipe:
        pipe.set(f"token:{serial}", 1, nx=True, ex=rules.TOKEN_SECONDS)
        pipe.incr(prefix)
        pipe.expire(prefix, rules.WINDOW_SECONDS, nx=True)
        pipe.incr(identity)
        pipe.expire(identity, rules.WINDOW_SECONDS, nx=True)
        pipe.rpush("access", f"{now} {rules.content_hash(document)}")
        fresh, by_prefix, _, by_identity, _, _ = await pipe.execute()
    if not fresh:
        raise HTTPException(403, "challenge already used")
    if by_prefix > rules.PREFIX_LIMIT or by_identity > rules.IDENTITY_LIMIT:
        raise HTTPException(429, "too many queries")


@app.post("/score/{sitting}")
async def score(sitting: str, query: Query, request: Request) -> Answer:
    """Find one candidate's result by ticket and document."""
    now = time.time()
    if not rules.document_is_valid(query.document):
        raise HTTPException(422, "document number malformed")
    if (serial := rules.token_serial(query.token, now)) is None:
        raise HTTPException(403, "challenge not valid")
    address = request.client.host if request.client else ""
    await admit(request.app.state.redis, serial, address, query.document, int(now))
    rows = await request.app.state.database.fetch(FIND, sitting, query.ticket, rules.identity_hash(query.document))
    if not rows:
        raise HTTPException(404, "not found or not unique")
    return Answer(state="found", sitting=sitting, published_at=rules.PUBLISHED_AT, record=as_record(rows))


def as_record(rows: list[asyncpg.Record]) -> Record:
    """The candidate's columns from the first row, a subject from each."""
    subjects = [
        SubjectResult(
            subject=row["subject"],
            ticket=row["subject_ticket"],
            mark=row["mark"],
            code=row["code"],
            line=row["line"],
            status=row["status"],
        )
        for row in rows
    ]
    first = dict(rows[0])
    return Record(**{name: first[name] for name in CANDIDATE}, subjects=subjects)


CANDIDATE = [name for name in Record.model_fields if name != "subjects"]
