"""Look a dossier up; store dossiers from a file."""

from typing import Annotated, Any

import msgspec
from litestar import Request

from contracts.ids import check_command_id
from contracts.messages.dossiers import DossierView, LookupDossier
from contracts.messages.tickets import CommandId
from queue_server.access import Principal
from queue_server.dossiers.ports import BATCH_MAX
from queue_server.dossiers.records import DossierRecord
from queue_server.web.door import door
from queue_server.web.kit import Kit, given


class Lookup(LookupDossier, frozen=True, kw_only=True):
    """A look-up changes nothing, so its id may be left out."""

    id: CommandId = "lookup-over-http"


class Import(msgspec.Struct, frozen=True):
    """Stored all or none; a known code is replaced."""

    records: Annotated[list[DossierRecord], msgspec.Meta(max_length=BATCH_MAX)]


class Imported(msgspec.Struct, frozen=True):
    """How many were new, how many replaced one."""

    inserted: int
    updated: int


@door("POST", "/api/v1/dossiers/lookup", body=Lookup, status_code=200)
async def lookup(kit: Kit, request: Request[Principal, Any, Any], data: Lookup) -> DossierView:
    """What a citizen may see of it."""
    message = LookupDossier(id=check_command_id(data.id), code=data.code, secret=data.secret)
    reply = await kit.execute(request.user, "lookup-dossier", message)
    return given(reply.dossier)


@door("POST", "/api/v1/dossiers/import", body=Import, status_code=200)
async def import_dossiers(kit: Kit, data: Import) -> Imported:
    """`motcua dossiers import` posts here, in batches."""
    inserted, updated = await kit.service.import_dossiers(data.records)
    return Imported(inserted, updated)
