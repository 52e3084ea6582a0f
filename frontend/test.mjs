// Unit tests of the front end: frontend/*/*.test.ts and frontend/tests/*.test.ts, bundled by
// esbuild and run by node:test.   node frontend/test.mjs [PART OF A NAME]
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv[2] ?? "";
const files = (await readdir(here, { recursive: true }))
  .filter((name) => name.endsWith(".test.ts") && name.includes(wanted))
  .sort();
// Below node_modules, so that what is not bundled (jsdom) is found.
const folder = await mkdtemp(join(here, "..", "node_modules", ".allmende-test-"));
try {
  await build({
    entryPoints: files.map((name) => ({ in: join(here, name), out: name.replace(/[/\\]/g, "-").slice(0, -3) })),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    sourcemap: "inline",
    logLevel: "warning",
  });
  const built = (await readdir(folder)).filter((name) => name.endsWith(".test.mjs")).map((name) => join(folder, name));
  const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...built], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
