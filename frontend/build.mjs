// Builds allmende/static: scripts, one style sheet and one sprite, each with the hash of its
// content in its name, packed with gzip and brotli, and manifest.json that maps names to files.
//
// A system takes part by having files: frontend/SYSTEM/main.ts becomes SYSTEM.js, NAME.worker.ts
// becomes NAME.js (a classic script for Worker or AudioWorklet), *.css joins the sheet, NAME.webp
// becomes SYSTEM-NAME.webp, and each line of icons.txt names an icon of lucide-static.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { sprite } from "./sprite.mjs";
import { weights } from "./weights.mjs";

const here = dirname(fileURLToPath(import.meta.url));

// node frontend/build.mjs [--to=FOLDER] [--only=SYSTEM,SYSTEM]
const options = Object.fromEntries(process.argv.slice(2).map((one) => one.replace(/^--/, "").split("=")));
const target = options.to ?? join(here, "..", "allmende", "static");
const browsers = ["chrome109", "firefox115", "safari16.4"];
const CSS_LIMIT = 20_000;
const PROOF_LIMIT = 3_000;
const PICTURE_LIMIT = 60_000;

const folders = (await readdir(here, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && !["tests", "tokens", "kit"].includes(entry.name))
  .map((entry) => entry.name)
  .filter((name) => options.only === undefined || options.only.split(",").includes(name))
  .sort();
const parts = ["tokens", "kit", ...folders];

async function filesOf(part, suffix) {
  const names = await readdir(join(here, part));
  return names.filter((name) => name.endsWith(suffix)).sort().map((name) => join(here, part, name));
}

async function all(suffix) {
  return (await Promise.all(parts.map((part) => filesOf(part, suffix)))).flat();
}

const outputs = new Map();
const heavy = [];

function keep(name, body) {
  const data = Buffer.from(body);
  const dot = name.lastIndexOf(".");
  const hash = createHash("sha256").update(data).digest("hex").slice(0, 10);
  outputs.set(name, { file: `${name.slice(0, dot)}-${hash}${name.slice(dot)}`, data });
}

const common = { bundle: true, minify: true, write: false, target: browsers, logLevel: "warning" };

// What several pages share, and what a page asks for later with import(), become chunks.
async function modules() {
  const entryPoints = [{ in: join(here, "kit", "base.ts"), out: "base" }];
  for (const folder of folders) {
    for (const file of await filesOf(folder, "main.ts")) entryPoints.push({ in: file, out: folder });
  }
  const result = await build({
    ...common,
    entryPoints,
    format: "esm",
    splitting: true,
    outdir: target,
    absWorkingDir: join(here, ".."),
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    metafile: true,
  });
  const entries = new Map(
    Object.entries(result.metafile.outputs).map(([path, about]) => [basename(path), about.entryPoint]),
  );
  for (const { path, contents } of result.outputFiles) {
    const file = basename(path);
    const name = entries.get(file) && /^(.*)-[^-]+\.js$/.exec(file)?.[1];
    const known = entryPoints.some(({ out }) => out === name);
    outputs.set(known ? `${name}.js` : file, { file, data: Buffer.from(contents) });
  }
  const sizes = new Map(result.outputFiles.map(({ path, contents }) => [basename(path), packedSize(contents)]));
  heavy.push(...weights(result.metafile.outputs, (path) => sizes.get(basename(path))));
}

async function workers() {
  for (const entry of [join(here, "kit", "proof.ts"), ...(await all(".worker.ts"))]) {
    const result = await build({ ...common, entryPoints: [entry], format: "iife" });
    keep(`${basename(entry).replace(/(\.worker)?\.ts$/, "")}.js`, result.outputFiles[0].contents);
  }
}

async function styles() {
  const files = await all(".css");
  const contents = files.map((file) => `@import "./${relative(here, file)}";`).join("\n");
  const stdin = { contents, resolveDir: here, loader: "css" };
  const result = await build({ ...common, stdin });
  keep("allmende.css", result.outputFiles[0].contents);
}

async function icons() {
  const names = new Set();
  for (const list of await all("icons.txt")) {
    for (const line of (await readFile(list, "utf8")).split("\n")) if (line.trim()) names.add(line.trim());
  }
  keep("sprite.svg", await sprite([...names].sort(), join(here, "kit", "art")));
  keep("icon.svg", await readFile(join(here, "kit", "art", "icon.svg"), "utf8"));
}

function packedSize(data) {
  return gzipSync(data, { level: 9 }).length;
}

function allow(name, size, limit) {
  if (size > limit) throw new Error(`${name} has ${size} bytes packed, ${limit} are allowed`);
}

// Pictures are packed already.
async function pictures() {
  for (const part of parts) {
    for (const file of await filesOf(part, ".webp")) {
      const data = await readFile(file);
      if (data.length > PICTURE_LIMIT) throw new Error(`${file} has ${data.length} bytes, ${PICTURE_LIMIT} are allowed`);
      keep(`${part}-${basename(file)}`, data);
    }
  }
}

function require(name, limit) {
  allow(name, packedSize(outputs.get(name).data), limit);
}

async function write() {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const { file, data } of outputs.values()) {
    await writeFile(join(target, file), data);
    if (file.endsWith(".webp")) continue;
    await writeFile(join(target, `${file}.gz`), gzipSync(data, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
    await writeFile(join(target, `${file}.br`), brotliCompressSync(data, { params }));
  }
  const manifest = Object.fromEntries([...outputs].map(([name, { file }]) => [name, file]).sort());
  await writeFile(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
}

await Promise.all([modules(), workers(), styles(), icons(), pictures()]);
require("allmende.css", CSS_LIMIT);
require("proof.js", PROOF_LIMIT);
for (const { name, size, limit } of heavy) allow(name, size, limit);
await write();
for (const [name, { data }] of [...outputs].sort()) {
  const packed = String(packedSize(data)).padStart(8);
  process.stdout.write(`${name.padEnd(16)}${String(data.length).padStart(9)}${packed} packed\n`);
}
for (const { name, size } of heavy) process.stdout.write(`${name.padEnd(25)}${String(size).padStart(8)} packed, all of it\n`);
