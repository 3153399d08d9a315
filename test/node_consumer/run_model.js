// Runs ONNX files in onnxruntime-node, as somebody would who knows nothing of cradle:
//   NODE_PATH=build/engines/onnxruntime/node_modules node run_model.js JOB.json ANSWER.json
// JOB.json:    {"runs": [{"model": "a.onnx", "output": "a.f32",
//                         "inputs": [{"name": "image", "shape": [1, 1, 28, 28], "file": "image.f32"}]}]}
// ANSWER.json: {"engine_version": "1.30.0", "runs": [{"outputs": [{"name": "logits", "shape": [1, 10]}]}]}
// Files *.f32 hold little-endian 32-bit floats in row-major order; an output file has all outputs, one after the other.
"use strict";
const fs = require("fs");
const ort = require("onnxruntime-node");

function floatsIn(file) {
  const bytes = fs.readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

async function answerTo(run) {
  // One thread, as cradle's own executor has: a sum must not depend on how many there are.
  const session = await ort.InferenceSession.create(run.model, { executionProviders: ["cpu"], intraOpNumThreads: 1 });
  const feeds = {};
  for (const { name, shape, file } of run.inputs) feeds[name] = new ort.Tensor("float32", floatsIn(file), shape);
  const results = await session.run(feeds);
  const tensors = session.outputNames.map((name) => results[name]);
  tensors.forEach((tensor, i) => {
    if (tensor.type !== "float32") throw new Error(`output ${session.outputNames[i]} is of type ${tensor.type}`);
  });
  fs.writeFileSync(run.output, Buffer.concat(tensors.map(({ data: d }) => Buffer.from(d.buffer, d.byteOffset, d.byteLength))));
  const outputs = tensors.map((tensor, i) => ({ name: session.outputNames[i], shape: tensor.dims }));
  await session.release();
  return { outputs };
}

async function main(job, answer) {
  const runs = [];
  for (const run of JSON.parse(fs.readFileSync(job, "utf8")).runs) {
    try {
      runs.push(await answerTo(run));
    } catch (error) {
      throw new Error(`${run.model}: ${error.message}`);
    }
  }
  fs.writeFileSync(answer, JSON.stringify({ engine_version: ort.env.versions.node, runs }));
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
