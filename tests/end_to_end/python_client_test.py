#!/usr/bin/python3 -B
"""Python alone, with the .protos as its only knowledge, brings traces into the real server and gets the digest back
that it worked out by itself."""

import json
import os
import signal
import subprocess
import tempfile
import unittest

import grpc
import python_client
from google.protobuf import json_format

SANDGLASS = "analyzer/serve/sandglass"
FOLDER = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
MODULES = python_client.stubs(FOLDER)
TRACE, _, INGEST, _ = MODULES


class Server:
    """`sandglass serve` on one store, which can be killed and started again at the same address."""

    def __init__(self, store):
        self._store = store
        self.address = "127.0.0.1:0"
        self.start()

    def start(self):
        command = [SANDGLASS, "serve", "--store", self._store, "--listen", self.address]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError("the server did not start: " + line)
        self.address = line.split()[-1]

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()


def tensor(position, *dims):
    return TRACE.Tensor(
        dtype=TRACE.DATA_TYPE_FLOAT32, dims=dims, shape_source=TRACE.SHAPE_SOURCE_RECORDED, position=position
    )


def product(rows):
    return TRACE.OpSignature(
        kind=TRACE.OPERATOR_KIND_HOST_OP,
        name="aten::mm",
        inputs=[tensor(0, rows, 1024), tensor(1, 1024, 1024)],
        outputs=[tensor(0, rows, 1024)],
        outputs_recorded=True,
        attributes=[TRACE.Attribute(position=2, name="größe", real=0.5)],
    )


def operator(number):
    """The operator of that id. Between them they have every field, absent and present, and values at the limits."""
    op = TRACE.Operator(id=number, signature=product(number % 5 + 1), start_ns=-(2**63) + 1000 * number, thread=0)
    op.duration_ps = 10**6 * number
    op.self_ps = 0
    if number % 2:
        op.storage_ids.extend([2**64 - 1, 0, number])
        op.data_dep_ids.extend(range(number + 1, number + 4))
    if number % 3 == 0:
        op.parent_id = number - 1
        op.control_dep_ids.append(2**63)
        op.occurrences = 2**64 - 1
        op.sequence_number = -(2**63)
    if number % 4 == 0:
        op.forward_id = 2**64 - number
        op.device = 1
        op.queue = 2**32 - 1
        op.launcher_id = 2**63
        op.link_method = TRACE.LINK_METHOD_CAPTURE
    if number % 7 == 0:
        op.communication_sequence = -number
        op.energy_pj = 0
        op.energy_provenance = TRACE.PROVENANCE_MEASURED
        op.energy_window_ns = 2**63 - 1
        op.graph_id = 0
        op.graph_node = number
    return op


def header(name):
    return TRACE.TraceHeader(
        name=name,
        source_format="python",
        devices=[TRACE.Device(raw_name="host"), TRACE.Device(raw_name="accelerator", ordinal=0)],
        phase=TRACE.PHASE_TRAIN,
        run_mode=TRACE.RUN_MODE_MEASURED,
    )


def summary():
    return TRACE.TraceSummary(
        work_done=[TRACE.WorkDone(unit=TRACE.WORK_UNIT_TOKEN, count=512)],
        window=TRACE.CaptureWindow(start_ns=0),
    )


class CutOff(Exception):
    """Thrown by a test to end a call."""


def cut_off_at(seq):
    def on_acknowledged(response):
        if response.durable_seq >= seq:
            raise CutOff

    return on_acknowledged


OPERATORS = [operator(number) for number in range(1, 1001)]
# Boundaries of chunks, of very different lengths.
CHUNKS = [(0, 1), (1, 3), (3, 250), (250, 257), (257, 700), (700, 1000)]


class PythonClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(os.path.join(FOLDER, "store"))

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()

    def writer(self, name):
        return python_client.Writer(self.channel(), MODULES, header(name))

    def channel(self):
        channel = grpc.insecure_channel(self.server.address)
        self.addCleanup(channel.close)
        return channel

    def sandglass(self, *arguments):
        command = [SANDGLASS, *arguments, "--server", self.server.address]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def read_back(self, name):
        lines = self.sandglass("traces", "ops", name, "--format", "json").splitlines()
        return [json_format.Parse(line, TRACE.Operator()) for line in lines]

    def check_sealed(self, manifest, name):
        self.assertEqual(manifest.operators, len(OPERATORS))
        self.assertEqual(manifest.signatures, 5)
        self.assertEqual(manifest.schema_version, 1)
        self.assertEqual(manifest.content_digest, python_client.content_digest(header(name), summary(), OPERATORS))
        self.assertEqual(self.read_back(name), OPERATORS)

    def test_rows_survive_a_cut_and_a_killed_server(self):
        writer = self.writer("python/rows")
        chunks = [OPERATORS[first : first + 50] for first in range(0, 1000, 50)]
        for chunk in chunks[:8]:
            writer.add_rows(chunk)
        with self.assertRaises(CutOff):
            writer.send(cut_off_at(2))
        # Whatever was on its way then is there or not, but not twice.
        self.assertGreaterEqual(writer.open(), 3)
        self.assertEqual(writer.opened.epoch, 2)
        for chunk in chunks[8:14]:
            writer.add_rows(chunk)

        def kill(response):
            if response.durable_seq >= 10:
                self.server.kill()

        with self.assertRaises(grpc.RpcError) as caught:
            writer.send(kill)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.server.start()
        self.assertGreaterEqual(writer.open(), 11)
        self.assertEqual(writer.opened.epoch, 3)
        for chunk in chunks[14:]:
            writer.add_rows(chunk)
        writer.send()
        durable = [response.durable_seq for response in writer.acknowledgements]
        self.assertEqual(durable, sorted(durable))
        self.assertEqual(writer.acknowledgements[-1].durable_operators, 1000)
        manifest = writer.seal(summary())
        self.check_sealed(manifest, "python/rows")
        # A repeated seal says the same, and who opens the trace once more is told that it is sealed.
        self.assertEqual(writer.seal(summary()), manifest)
        writer.open()
        self.assertEqual(writer.opened.content_digest, manifest.content_digest)

    def test_columns_and_rows_mixed_are_the_same_trace(self):
        writer = self.writer("python/mixed")
        for number, (first, end) in enumerate(CHUNKS):
            add = writer.add_columns if number % 2 else writer.add_rows
            add(OPERATORS[first:end])
        writer.send()
        self.assertEqual(writer.acknowledgements[-1].durable_operators, 1000)
        writer.open()
        self.assertEqual(writer.opened.signatures, 5)
        self.check_sealed(writer.seal(summary()), "python/mixed")

    def test_columns_alone(self):
        writer = self.writer("python/columns")
        writer.add_columns(OPERATORS)
        writer.send()
        self.check_sealed(writer.seal(summary()), "python/columns")

    def test_what_was_sealed_can_be_analysed(self):
        writer = self.writer("python/analysed")
        writer.add_rows(OPERATORS)
        writer.send()
        manifest = writer.seal(summary())
        listed = json.loads(self.sandglass("traces", "ls", "python/analysed", "--format", "json"))
        self.assertEqual([trace["trace_id"] for trace in listed["traces"]], [manifest.trace_id])
        report = json.loads(self.sandglass("replay", "python/analysed", "--on", "H100-SXM", "--format", "json"))
        self.assertEqual(report["trace_id"], manifest.trace_id)
        self.assertGreater(report["classes"][0]["per_unit"]["seconds"]["value"], 0)

    def test_a_refusal_names_operator_and_field(self):
        writer = self.writer("python/refused")
        writer.add_rows(OPERATORS[:10])
        writer.send()
        bad = TRACE.Operator()
        bad.CopyFrom(OPERATORS[10])
        bad.duration_ps = -1
        writer.add_rows([bad])
        with self.assertRaises(grpc.RpcError) as caught:
            writer.send()
        self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("operator 10: duration_ps is -1", caught.exception.details())
        trailing = dict(caught.exception.trailing_metadata())
        self.assertEqual(trailing["sandglass-durable-seq"], "1")


if __name__ == "__main__":
    unittest.main()
