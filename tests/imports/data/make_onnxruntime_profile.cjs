// Makes onnxruntime_profile.json beside it: writes a small ONNX model by hand, runs it three times with ONNX Runtime's
// profiler on. Not part of the build, since the runtime is some 290 MB:
//
//   ONNXRUNTIME_NODE_INSTALL=skip npm install --prefix /tmp/ort onnxruntime-node@1.30.0
//   NODE_PATH=/tmp/ort/node_modules node make_onnxruntime_profile.cjs
//
// The variable skips the download of GPU libraries; the package holds the CPU's.
'use strict';

const fs = require('fs');
const os = require('os');
const path = require('path');
const ort = require('onnxruntime-node');

// Protocol buffers' wire format. Numbers are below 128, sizes below 2^14.
const varint = (n) => (n < 128 ? [n] : [(n & 127) | 128, n >> 7]);
const bytes = (field, body) => [...varint((field << 3) | 2), ...varint(body.length), ...body];
const text = (field, value) => bytes(field, [...Buffer.from(value)]);
const number = (field, value) => [...varint(field << 3), ...varint(value)];

// Messages of onnx.proto, by its field numbers.
const kFloat = 1;
const kInt64 = 7;
const integers = (name, values) => [...text(1, name), ...values.flatMap((v) => number(8, v)), ...number(20, 7)];
const node = (name, op, inputs, output, attributes = []) => [
  ...inputs.flatMap((input) => text(1, input)), ...text(2, output), ...text(3, name), ...text(4, op),
  ...attributes.flatMap((attribute) => bytes(5, attribute)),
];
const tensor = (name, type, dims, raw) => [
  ...dims.flatMap((d) => number(1, d)), ...number(2, type), ...text(8, name), ...bytes(9, [...new Uint8Array(raw.buffer)]),
];
const floats = (name, dims) =>
  tensor(name, kFloat, dims, Float32Array.from({length: dims.reduce((a, b) => a * b, 1)}, (_, i) => (i % 7) / 8));
const longs = (name, values) => tensor(name, kInt64, [values.length], BigInt64Array.from(values.map(BigInt)));
const value = (name, dims) => {
  const shape = dims.flatMap((d) => bytes(1, number(1, d)));
  return [...text(1, name), ...bytes(2, bytes(1, [...number(1, kFloat), ...bytes(2, shape)]))];
};

const graph = [
  ...[
    node('conv', 'Conv', ['image', 'filters', 'filter_bias'], 'c', [integers('pads', [1, 1, 1, 1])]),
    node('relu', 'Relu', ['c'], 'r'),
    node('flat', 'Reshape', ['r', 'flat_shape'], 'f'),
    node('product', 'MatMul', ['f', 'weights'], 'm'),
    node('add', 'Add', ['m', 'bias'], 'a'),
    node('pick', 'Gather', ['a', 'columns'], 'g', [[...text(1, 'axis'), ...number(3, 1), ...number(20, 2)]]),
    node('norm', 'LayerNormalization', ['g', 'scale', 'shift'], 'n'),
    node('soft', 'Softmax', ['n'], 'answer'),
  ].flatMap((n) => bytes(1, n)),
  ...text(2, 'example'),
  ...[
    floats('filters', [4, 2, 3, 3]), floats('filter_bias', [4]), longs('flat_shape', [2, 256]),
    floats('weights', [256, 10]), floats('bias', [10]), longs('columns', [0, 2, 4, 6]), floats('scale', [4]),
    floats('shift', [4]),
  ].flatMap((t) => bytes(5, t)),
  ...bytes(11, value('image', [2, 2, 8, 8])),
  ...bytes(12, value('answer', [2, 4])),
];
// IR version 8, operator set 17.
const model = [...number(1, 8), ...text(2, 'sandglass'), ...bytes(7, graph), ...bytes(8, number(2, 17))];

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'profile-'));
  process.chdir(folder);
  const session = await ort.InferenceSession.create(Uint8Array.from(model), {
    enableProfiling: true, profileFilePrefix: 'p', graphOptimizationLevel: 'disabled', intraOpNumThreads: 1,
  });
  const image = new ort.Tensor('float32', Float32Array.from({length: 256}, (_, i) => i / 256), [2, 2, 8, 8]);
  for (let run = 0; run < 3; ++run) await session.run({image});
  session.endProfiling();
  await session.release();
  const written = fs.readdirSync('.').filter((name) => name.endsWith('.json'));
  fs.copyFileSync(written[0], path.join(__dirname, 'onnxruntime_profile.json'));
}

main();
