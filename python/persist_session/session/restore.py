"""Asks for a record, and brings it to the class's version."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from .access import user_fields
from ..errors import PersistError
from ..service import Frame
from ..state import DEFAULT_MARK, LiveState, Registration

if TYPE_CHECKING:
    from .session import Session

# The first process to read a record migrates it. More rounds than a few mean that another one
# rewrites it all the time.
MAX_MIGRATION_ROUNDS = 20


def restore(session: Session, state: LiveState, generation: int, deadline: float) -> Frame:
    """@raises PersistError, Disconnected"""
    whole = state.instance is None or state.cleared or state.over
    for _ in range(MAX_MIGRATION_ROUNDS):
        frame = _ask(session, state, generation, deadline, whole)
        header = frame[0]
        if header["status"] == "absent" or not _is_outdated(state, header["schema"]):
            return frame
        if not whole:
            # The class's code is newer than that of the last run, so the whole record is needed.
            whole = True
            continue
        _migrate(session, state, generation, deadline, frame)
    raise PersistError(
        "ERR_CONFLICT",
        f"The record of {state.registration.name} could not be migrated: others kept changing it. Try again.",
    )


def _ask(session: Session, state: LiveState, generation: int, deadline: float, whole: bool) -> Frame:
    registration = state.registration
    fields: dict[str, Any] = {
        "handle": session.handle.number,
        "state": registration.key,
        "owner": registration.options.owner,
        "schema": registration.options.version,
        **user_fields(registration),
    }
    if not whole and not state.moved and state.present and state.epoch is not None:
        fields["known"] = {"epoch": state.epoch, "version": state.version}
    return session.link.send(generation, "restore", fields).wait(deadline)


def _is_outdated(state: LiveState, stored: int) -> bool:
    registration = state.registration
    version = registration.options.version
    if stored > version:
        raise PersistError(
            "ERR_SCHEMA_NEWER",
            f"The stored {registration.name} has version {stored}, and this code knows version {version}: a newer release has written "
            "it. Nothing was changed. Deploy the newer release here too.",
        )
    if stored < version and registration.options.migrate is None:
        raise PersistError(
            "ERR_MIGRATE_REQUIRED",
            f"The stored {registration.name} has version {stored}, and the class says version {version} without a migrate function. "
            f'Write @persist("{registration.key}", version={version}, migrate=…), or leave version as it was.',
        )
    return stored < version


def _migrate(session: Session, state: LiveState, generation: int, deadline: float, frame: Frame) -> None:
    header, blobs = frame
    stored = {name: blob for (name, _), blob in zip(header["attributes"], blobs, strict=True)}
    made = _convert(state, stored, header["schema"])
    changed = {name: content for name, content in made.items() if stored.get(name) != content}
    # Not a deletion, which would stay: if a later release declares the attribute again, it begins
    # with the default.
    changed |= {name: DEFAULT_MARK for name, content in stored.items() if name not in made and content != DEFAULT_MARK}
    options = state.registration.options
    fields: dict[str, Any] = {
        "handle": session.handle.number,
        "life": header["life"],
        "schema": options.version,
        "base": header["version"],
        "set": list(changed),
        "remove": [],
        "commit": uuid.uuid4().hex,
    }
    if options.ttl is not None:
        fields["ttl"] = options.ttl
    session.link.send(generation, "write", fields, list(changed.values())).wait(deadline)


def reset_stored(session: Session, registration: Registration, name: str, deadline: float) -> bool:
    """Gives one stored attribute the class's default, if the record cannot be migrated because of
    it: nothing is read.

    @returns whether there was such an attribute
    @raises PersistError, Disconnected
    """
    state = LiveState(registration, session)
    for _ in range(MAX_MIGRATION_ROUNDS):
        generation = session.connect(deadline)
        header, _ = _ask(session, state, generation, deadline, True)
        if name not in [stored for stored, _ in header["attributes"]]:
            return False
        fields = {
            "handle": session.handle.number,
            "life": header["life"],
            "schema": header["schema"],
            "base": header["version"],
            "set": [name],
            "remove": [],
            "commit": uuid.uuid4().hex,
        }
        answer = session.link.send(generation, "write", fields, [DEFAULT_MARK]).wait(deadline)[0]
        if answer["outcome"] == "written":
            return True
    raise PersistError(
        "ERR_CONFLICT", f"{registration.name}.{name} could not be cleared: others kept changing the record. Try again."
    )


def _convert(state: LiveState, stored: dict[str, bytes], version: int) -> dict[str, bytes]:
    registration = state.registration
    migrate = registration.options.migrate
    assert migrate is not None
    # An attribute that cannot be decoded is not the fault of `migrate`. Its own error names it.
    old = {name: state.decode(name, content) for name, content in stored.items() if content != DEFAULT_MARK or state.has_default(name)}
    try:
        made = dict(migrate(old, version))
    except Exception as error:
        raise PersistError(
            "ERR_MIGRATE_FAILED",
            f"migrate of {registration.name} failed on a record of version {version} ({type(error).__name__}). "
            "The record is as it was. migrate must return a dict of all attributes.",
        ) from error
    try:
        kept = {str(name): value for name, value in made.items() if not registration.is_in_memory(str(name))}
        return {name: state.encode(name, value) for name, value in kept.items()}
    except PersistError as error:
        raise PersistError(
            "ERR_MIGRATE_FAILED",
            f"What migrate of {registration.name} made of a record of version {version} cannot be stored: {error.message} "
            "The record is as it was.",
        ) from error
