// Runs our solver as its worker does: node solve.mjs '{"salt", "challenge", "maxnumber"}'
import { build } from "esbuild";

const bundled = await build({ entryPoints: ["frontend/kit/proof.ts"], bundle: true, write: false, format: "esm" });
const found = new Promise((resolve) => (globalThis.postMessage = resolve));
await import(`data:text/javascript,${encodeURIComponent(bundled.outputFiles[0].text)}`);
globalThis.onmessage({ data: JSON.parse(process.argv[2]) });
process.stdout.write(JSON.stringify(await found));
