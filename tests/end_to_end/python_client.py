"""A client of the ingest service in another language, written from what proto/*.proto and storage/FORMAT.md say.

It keeps every chunk until the seal, sends those that are not acknowledged, and after any failure opens the trace again
and goes on. Stubs come from protoc: stubs() makes them.
"""

import collections
import hashlib
import importlib
import queue
import struct
import subprocess
import sys
import uuid

import grpc
import xxhash

PROTOS = ("proto/trace.proto", "proto/operator_payload.proto", "proto/ingest_service.proto")

# What is needed to send a chunk again.
Kept = collections.namedtuple("Kept", "seq first_operator operators form payload chain_digest")


def stubs(folder):
    """Makes Python of the protos, in `folder`, and returns the modules (trace, payload, ingest, ingest_grpc)."""
    plugin = "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin"
    outputs = ["--python_out=" + folder, "--grpc_out=" + folder]
    subprocess.run(["/usr/bin/protoc", "-I.", plugin, *outputs, *PROTOS], check=True)
    sys.path.insert(0, folder)
    names = ("trace_pb2", "operator_payload_pb2", "ingest_service_pb2", "ingest_service_pb2_grpc")
    return [importlib.import_module("proto." + name) for name in names]


class DataLoss(Exception):
    """The server lacks what it acknowledged."""


class Writer:
    """One trace on its way to the store. Used from one thread."""

    def __init__(self, channel, modules, header):
        self._trace, self._payload, self._ingest, grpc_module = modules
        self._service = grpc_module.IngestServiceStub(channel)
        self._request = self._ingest.OpenRequest(client_key=str(uuid.uuid4()), schema_version=1, header=header)
        self._kept = []
        self._signatures = {}
        self._acknowledged = 0
        # Every acknowledgement that came, in order.
        self.acknowledgements = []
        self.open()

    def open(self):
        """Begins the trace, or takes it up: returns the number of the next chunk that the server wants."""
        self.opened = self._service.Open(self._request, wait_for_ready=True, timeout=30)
        durable = self.opened.next_seq - 1
        if durable < self._acknowledged:
            raise DataLoss("chunk %d was acknowledged, but only %d are there" % (self._acknowledged, durable))
        if self._digest_up_to(durable) != self.opened.chain_digest:
            raise DataLoss("the store holds other chunks than those that were sent")
        self._acknowledged = durable
        return self.opened.next_seq

    def add_rows(self, operators):
        """Queues one chunk of rows."""
        for operator in operators:
            self._number(operator.signature)
        rows = self._payload.OperatorRows(operators=operators)
        self._add(self._ingest.Chunk.FORM_ROWS, rows.SerializeToString(), len(operators))

    def add_columns(self, operators):
        """Queues one chunk of columns."""
        columns = self._payload.OperatorColumns(rows=len(operators), first_signature=len(self._signatures))
        for operator in operators:
            known = len(self._signatures)
            columns.signature.append(self._number(operator.signature))
            if len(self._signatures) > known:
                columns.new_signatures.append(operator.signature)
        for field in self._trace.Operator.DESCRIPTOR.fields:
            if field.name != "signature":
                fill_column(getattr(columns, field.name), field, operators)
        self._add(self._ingest.Chunk.FORM_COLUMNS, columns.SerializeToString(), len(operators))

    def send(self, on_acknowledged=lambda response: None):
        """Sends what is not acknowledged, and waits until it is. An exception of on_acknowledged ends the call at once,
        with whatever is on its way."""
        outgoing = queue.SimpleQueue()
        start = self._ingest.AppendStart(
            trace_id=self.opened.trace_id,
            epoch=self.opened.epoch,
            resume_seq=self._acknowledged + 1,
            chain_digest=self._digest_up_to(self._acknowledged),
        )
        outgoing.put(self._ingest.AppendRequest(start=start))
        unsent = collections.deque(self._kept[self._acknowledged :])
        unacknowledged = self._put_what_fits(outgoing, unsent, [], self.opened.credit_bytes)
        call = self._service.Append(iter(outgoing.get, None), timeout=60)
        try:
            if not unacknowledged:
                outgoing.put(None)
            for response in call:
                self.acknowledgements.append(response)
                self._acknowledged = response.durable_seq
                unacknowledged = [kept for kept in unacknowledged if kept.seq > response.durable_seq]
                unacknowledged = self._put_what_fits(outgoing, unsent, unacknowledged, response.credit_bytes)
                on_acknowledged(response)
                if not unacknowledged:
                    outgoing.put(None)
        finally:
            call.cancel()
            outgoing.put(None)

    def seal(self, summary):
        """Ends the trace, and returns its manifest."""
        request = self._ingest.SealRequest(
            trace_id=self.opened.trace_id,
            epoch=self.opened.epoch,
            last_seq=len(self._kept),
            operators=self._operators(),
            chain_digest=self._digest_up_to(len(self._kept)),
            summary=summary,
        )
        return self._service.Seal(request, timeout=30).manifest

    def _put_what_fits(self, outgoing, unsent, unacknowledged, credit_bytes):
        on_its_way = sum(len(kept.payload) for kept in unacknowledged)
        while unsent and (not unacknowledged or on_its_way + len(unsent[0].payload) <= credit_bytes):
            kept = unsent.popleft()
            chunk = self._ingest.Chunk(
                seq=kept.seq,
                first_operator=kept.first_operator,
                operators=kept.operators,
                form=kept.form,
                payload=kept.payload,
                payload_xxh3=xxhash.xxh3_64_intdigest(kept.payload),
            )
            outgoing.put(self._ingest.AppendRequest(chunk=chunk))
            unacknowledged = unacknowledged + [kept]
            on_its_way += len(kept.payload)
        return unacknowledged

    def _add(self, form, payload, operators):
        seq = len(self._kept) + 1
        before = self._digest_up_to(seq - 1)
        digest = hashlib.sha256(before + struct.pack(">Q", seq) + hashlib.sha256(payload).digest()).digest()
        self._kept.append(Kept(seq, self._operators(), operators, form, payload, digest))

    def _operators(self):
        return sum(kept.operators for kept in self._kept)

    def _digest_up_to(self, seq):
        return self._kept[seq - 1].chain_digest if seq > 0 else bytes(32)

    def _number(self, signature):
        """The number of a signature in the trace: they are numbered in the order of their first use."""
        return self._signatures.setdefault(signature.SerializeToString(deterministic=True), len(self._signatures))


def has_value(operator, field):
    """Whether the operator has a value of that single field: an enum of 0 is none, and the id is always there."""
    if field.has_presence:
        return operator.HasField(field.name)
    return field.enum_type is None or getattr(operator, field.name) != 0


def wrapped(difference):
    """The number from -2^63 to 2^63 - 1 that is the same modulo 2^64."""
    return (difference + 2**63) % 2**64 - 2**63


def deltas(values):
    """Each value less the one before it."""
    return [wrapped(value - before) for value, before in zip(values, [0] + values[:-1])]


def fill_column(column, field, operators):
    """Puts one field of all operators into its column."""
    if field.label == field.LABEL_REPEATED:
        lists = [list(getattr(operator, field.name)) for operator in operators]
        if any(lists):
            column.lengths.extend(len(values) for values in lists)
            column.deltas.extend(deltas([value for values in lists for value in values]))
        return
    presence = [has_value(operator, field) for operator in operators]
    column.deltas.extend(deltas([getattr(op, field.name) for op, has in zip(operators, presence) if has]))
    if all(presence) or not any(presence):
        return
    expected = True
    column.presence_runs.append(0)
    for has in presence:
        if has != expected:
            column.presence_runs.append(0)
            expected = has
        column.presence_runs[-1] += 1


def content_digest(header, summary, operators):
    """The content digest of a trace, as storage/FORMAT.md defines it."""

    def canonical(message):
        return message.SerializeToString(deterministic=True)

    stream = hashlib.sha256()
    for operator in operators:
        fields = [field for field in operator.DESCRIPTOR.fields if field.name != "signature"]
        single = [field for field in fields if field.label != field.LABEL_REPEATED]
        presence = [has_value(operator, field) for field in single]
        stream.update(hashlib.sha256(canonical(operator.signature)).digest())
        stream.update(struct.pack("<I", sum(1 << i for i, has in enumerate(presence) if has)))
        for field in single:
            stream.update(struct.pack("<Q", getattr(operator, field.name) % 2**64))
        for field in fields:
            if field.label == field.LABEL_REPEATED:
                values = getattr(operator, field.name)
                stream.update(struct.pack("<I%dQ" % len(values), len(values), *values))
    whole = b"sandglass content 1\n"
    for message in (header, summary):
        whole += struct.pack("<Q", len(canonical(message))) + canonical(message)
    whole += struct.pack("<Q", len(operators)) + stream.digest()
    return hashlib.sha256(whole).digest()
