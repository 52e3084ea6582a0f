// What a browser fetches for a thing that comes later with import(): the chunks of all the modules
// that lead to it, each counted once, packed. Languages of the text editor come one at a time; the
// heaviest counts.

// name, the modules on the way to it, the limit in bytes.
const LATER = [
  ["rich editor", ["frontend/pads/main.ts", "frontend/editor/view.ts", "frontend/editor/rich.ts"], 240_000],
  ["text editor", ["frontend/pads/main.ts", "frontend/editor/view.ts", "frontend/editor/code.ts"], 280_000],
];
const FIRST = [
  ["pad element", ["frontend/pads/main.ts"], 10_000],
  ["voice page", ["frontend/voice/main.ts"], 40_000],
];

// outputs: those of esbuild's metafile; packed: size of an output by its path.
export function weights(outputs, packed) {
  const byEntry = new Map(Object.entries(outputs).map(([path, about]) => [about.entryPoint, path]));
  const total = (paths) => [...paths].reduce((sum, path) => sum + packed(path), 0);
  const found = [];
  for (const [name, modules, limit] of [...FIRST, ...LATER]) {
    if (!modules.every((one) => byEntry.has(one))) continue;
    const paths = new Set();
    for (const one of modules) reach(outputs, byEntry.get(one), paths);
    found.push({ name, size: total(paths) + heaviestLanguage(outputs, byEntry.get(modules.at(-1)), paths, total), limit });
  }
  return found;
}

function reach(outputs, path, paths) {
  if (paths.has(path) || !outputs[path]) return;
  paths.add(path);
  for (const one of outputs[path].imports) if (one.kind === "import-statement") reach(outputs, one.path, paths);
}

function heaviestLanguage(outputs, path, already, total) {
  if (!outputs[path].entryPoint?.endsWith("/code.ts")) return 0;
  const later = outputs[path].imports.filter((one) => one.kind === "dynamic-import");
  const more = later.map((one) => {
    const paths = new Set(already);
    reach(outputs, one.path, paths);
    return total(paths) - total(already);
  });
  return Math.max(0, ...more);
}
