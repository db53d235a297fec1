// SPDX-License-Identifier: BSD-3-Clause
// Makes dist/ of src/: `npm ci && npm run build` in this folder. With --check
// changes nothing, and fails when dist/ is not what the sources make.
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {gunzipSync, gzipSync} from 'node:zlib';
import {build} from 'esbuild';

const root = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(root, 'dist');
const sums = path.join(root, 'dist.sha256');
/** Of all that is sent for the page, compressed. */
const budget = 150 * 1024;

/** Of those of whom the page holds parts. */
const notice = `/*! robot-runtime's page. BSD-3-Clause.
Holds Preact (MIT, (c) 2015-present Jason Miller), htm (Apache-2.0, (c) Google
Inc.) and uPlot (MIT, (c) 2022 Leon Sorokin): web/LICENSES.txt has their texts. */`;

async function bundle(entry, out, more = {}) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: out,
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: ['es2021', 'chrome90', 'firefox90', 'safari15'],
    legalComments: 'none',
    charset: 'utf8',
    ...more,
  });
  return result.outputFiles[0].text.trim();
}

const read = name => fs.readFileSync(path.join(root, name));

const digest = (algorithm, bytes, encoding) =>
  createHash(algorithm).update(bytes).digest(encoding);

/** Puts a text in the place of the only mention of its file. */
function replaced(page, mention, text) {
  const parts = page.split(mention);
  if (parts.length !== 2) {
    throw new Error(`src/index.html must name ${mention} once`);
  }
  return parts.join(text);
}

/** One page that holds all of it, and what a browser may run of it. */
async function made() {
  const scripts = {
    'stop.js': await bundle('src/stop/main.js', 'stop.js'),
    'app.js': await bundle('src/app/main.js', 'app.js',
                           {banner: {js: notice}}),
  };
  const styles = {
    'stop.css': await bundle('src/style/stop.css', 'stop.css'),
    'app.css': await bundle('src/style/app.css', 'app.css'),
  };
  let page = String(read('src/index.html'));
  for (const [name, text] of Object.entries(scripts)) {
    page = replaced(page, `<script src="${name}"></script>`,
                    `<script>${text}</script>`);
  }
  for (const [name, text] of Object.entries(styles)) {
    page = replaced(page, `<link rel="stylesheet" href="${name}">`,
                    `<style>${text}</style>`);
  }
  const icon = read('src/icon.svg').toString('base64');
  page = replaced(page, 'href="icon.svg"',
                  `href="data:image/svg+xml;base64,${icon}"`);
  const hashes = texts => Object.values(texts).map(text =>
    `'sha256-${digest('sha256', text, 'base64')}'`).join(' ');
  const policy = [
    "default-src 'none'",
    `script-src ${hashes(scripts)}`,
    `style-src ${hashes(styles)}`,
    'img-src data:',
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'index.html': Buffer.from(page),
    'policy.txt': Buffer.from(`${policy.join('; ')}\n`),
  };
}

function filesBelow(folder) {
  return fs.readdirSync(path.join(root, folder), {withFileTypes: true})
    .flatMap(entry => {
      const name = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(name) : [name];
    });
}

/** Of the sources and of what they make, as `sha256sum --check` reads it. */
function sumsNow() {
  const names = [
    'build.mjs', 'package.json', 'package-lock.json',
    ...filesBelow('src'), ...filesBelow('dist'),
  ].sort();
  return names.map(name =>
    `${digest('sha256', read(name), 'hex')}  ${name}\n`)
    .join('');
}

const packed = 'index.html.gz';

function write(files) {
  fs.rmSync(dist, {recursive: true, force: true});
  fs.mkdirSync(dist);
  for (const [name, bytes] of Object.entries(files)) {
    fs.writeFileSync(path.join(dist, name), bytes);
  }
  fs.writeFileSync(path.join(dist, packed),
                   gzipSync(files['index.html'], {level: 9}));
  fs.writeFileSync(sums, sumsNow());
}

/** @returns what is wrong with dist/; compressors may differ, texts may not. */
function faults(files) {
  const expected = {...files, [packed]: files['index.html']};
  const result = [];
  const there = fs.existsSync(dist) ? fs.readdirSync(dist) : [];
  for (const name of there.filter(each => !Object.hasOwn(expected, each))) {
    result.push(`dist/${name} is not made by the build`);
  }
  for (const [name, bytes] of Object.entries(expected)) {
    if (!there.includes(name)) {
      result.push(`dist/${name} is missing`);
      continue;
    }
    const found = read(`dist/${name}`);
    if (!(name === packed ? gunzipSync(found) : found).equals(bytes)) {
      result.push(`dist/${name} is not what the sources make`);
    }
  }
  if (!fs.existsSync(sums) || String(read('dist.sha256')) !== sumsNow()) {
    result.push('dist.sha256 is stale');
  }
  return result;
}

const files = await made();
if (!process.argv.includes('--check')) {
  write(files);
}
const wrong = faults(files);
const size = fs.existsSync(path.join(dist, packed))
  ? read(`dist/${packed}`).length : 0;
if (size > budget) {
  wrong.push(`the page has ${size} bytes compressed, more than ${budget}`);
}
for (const fault of wrong) {
  console.error(`web: ${fault}: npm ci && npm run build, in web/`);
}
console.log(`web: ${size} bytes compressed of ${budget}`);
process.exitCode = wrong.length ? 1 : 0;
