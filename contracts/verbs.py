"""The commands: one row a verb, the same over MQTT and HTTP. Topics, routes, handlers and docs follow this table."""

import msgspec

from contracts.messages import appointments, counters, dossiers, leases, office_day, tickets
from contracts.roles import MqttRole, Role


class Verb(msgspec.Struct, frozen=True):
    """One command. `mqtt`: who may publish it; `http`: who may post it; `doc`: one line."""

    name: str
    payload: type[msgspec.Struct]
    mqtt: tuple[MqttRole, ...]
    http: frozenset[Role]
    doc: str


_COUNTER_MQTT = (MqttRole.BRIDGE, MqttRole.DEMO)
_STAFF = frozenset({Role.CLERK})
_ISSUERS = frozenset({Role.DEVICE, Role.CLERK})


def _counter(name: str, payload: type[msgspec.Struct], doc: str) -> Verb:
    return Verb(name, payload, _COUNTER_MQTT, _STAFF, doc)


_ROWS = (
    Verb("issue", tickets.IssueTicket, (MqttRole.KIOSK, MqttRole.DEMO), _ISSUERS, "take a ticket"),
    Verb(
        "cancel",
        tickets.CancelTicket,
        (MqttRole.KIOSK, MqttRole.DEMO),
        frozenset({Role.ANONYMOUS}),
        "give a ticket back",
    ),
    Verb("lease", leases.LeaseBlocks, (MqttRole.KIOSK,), frozenset({Role.DEVICE}), "blocks of numbers for a kiosk"),
    Verb("hand-over", leases.HandOver, (MqttRole.KIOSK,), frozenset({Role.DEVICE}), "tickets printed without us"),
    Verb("book", appointments.BookAppointment, (), frozenset({Role.ANONYMOUS}), "book a slot"),
    Verb("cancel-booking", appointments.CancelAppointment, (), frozenset({Role.ANONYMOUS}), "give a booking back"),
    Verb(
        "check-in",
        appointments.CheckIn,
        (MqttRole.KIOSK, MqttRole.DEMO),
        frozenset({Role.ANONYMOUS}),
        "an appointment is here",
    ),
    Verb("lookup-dossier", dossiers.LookupDossier, (MqttRole.KIOSK,), _ISSUERS, "state of a dossier"),
    _counter("call-next", counters.CallNext, "call the next ticket"),
    _counter("call", counters.CallNumber, "call a certain ticket"),
    _counter("recall", counters.Recall, "call the current ticket again"),
    _counter("start", counters.Start, "begin serving the called ticket"),
    _counter("finish", counters.Finish, "end the visit"),
    _counter("no-show", counters.NoShow, "the called visitor did not come"),
    _counter("undo-no-show", counters.UndoNoShow, "the missed visitor came after all"),
    _counter("transfer", counters.Transfer, "send the ticket to another service or counter"),
    _counter("hold", counters.Hold, "put the ticket aside"),
    _counter("resume", counters.Resume, "take a held ticket up again"),
    _counter("requeue", counters.Requeue, "put the ticket back in its place"),
    _counter("open", counters.OpenCounter, "open the counter"),
    _counter("close", counters.CloseCounter, "close the counter"),
    _counter("pause", counters.PauseCounter, "pause the counter, with a reason"),
    _counter("help", counters.Help, "ask for help at the counter"),
    Verb("open-service", counters.OpenService, (), frozenset({Role.MANAGER}), "open a service"),
    Verb("close-service", counters.CloseService, (), frozenset({Role.MANAGER}), "close a service"),
    Verb("confirm-day", office_day.ConfirmDay, (), frozenset({Role.MANAGER}), "the clock is right, though it jumped"),
)

VERBS: dict[str, Verb] = {row.name: row for row in _ROWS}
COUNTER_VERBS: tuple[str, ...] = tuple(v.name for v in _ROWS if issubclass(v.payload, counters.CounterCommand))
