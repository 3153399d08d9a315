// Bundles src/report.ts into one script; `node build.mjs [FILE]`, by default dist/report.js. CMake calls it the same way.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const shipped = (file) => readFileSync(join(here, "node_modules", file), "utf8").trim();

// Both licences ask that their notice goes where the code goes.
const notices = ["Apache ECharts, Apache License 2.0", shipped("echarts/NOTICE"), shipped("zrender/LICENSE")];

await build({
  absWorkingDir: here,
  entryPoints: [join("src", "report.ts")],
  outfile: process.argv[2] ? resolve(process.argv[2]) : join(here, "dist", "report.js"),
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  charset: "ascii", // the page hashes these bytes for its security policy: no encoding may change them
  banner: { js: `/*!\n${notices.join("\n\n").replaceAll("*/", "* /").replace(/[^\x20-\x7e\n]/g, "")}\n*/` },
  legalComments: "none",
  logLevel: "warning",
});
